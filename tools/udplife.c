// SPDX-License-Identifier: BSD-2-Clause
/* udplife: the lifespan of UDP sockets. */
#include "udplife.h"
#include "domain/life.h"
#include "main/tool.h"
#include "udplife.skel.h"

static bool datagrams;

static const struct probe probes[] = {
	{ "sockets", { "udp_lib_get_port udp_destroy_sock" } },
	{ "sockets of IPv6", { "udpv6_destroy_sock" }, .optional = true },
	DATAGRAMS_SEEN,
	{ 0 },
};

static const struct opt opts[] = {
	OPT_LIFE,
	OPT_FLAG('d', "datagrams", &datagrams,
		 "Also show how many datagrams that was, and how many were dropped"),
	{ 0 },
};

CELL(raddr, udp_life_event, e->peers == PEERS_ONE ? raddr_value(&e->ends) : value_none("*"))
CELL(rport, udp_life_event, e->peers == PEERS_ONE ? rport_value(&e->ends) : value_none("*"))

static const char *peers_name(u32 peers)
{
	static const char *const names[] = { "none", "one", "several" };

	return NAME_OF(names, peers);
}

CELL(peers, udp_life_event, value_str(peers_name(e->peers)))

static struct col cols[] = {
	COLS_LIFE(udp_life_event, "socket"),
	{ COL_LADDR("LADDR", -15, udp_life_event, ends) },
	{ COL_LPORT("LPORT", -5, udp_life_event, ends) },
	{ COLF("RADDR", -15, raddr), KEY("raddr"),
	  HELP("Remote address; * (JSON: null) if there was none, or more than one") },
	{ COLF("RPORT", -5, rport), KEY("rport"), HELP("Remote port, likewise") },
	{ COL_NETNS(0, udp_life_event, ends), JSON_ONLY },
	{ COL_AS(kind_kib, "TX_KB", 5, udp_life_event, tx), KEY("tx_bytes"),
	  HELP("Data sent, in KiB (JSON: tx_bytes, in bytes)") },
	{ COL_AS(kind_kib, "RX_KB", 5, udp_life_event, rx), KEY("rx_bytes"),
	  HELP("Data received by the program, in KiB (JSON: rx_bytes, in bytes)") },
	{ COL("TX_DGRAMS", 9, udp_life_event, tx_datagrams), KEY("tx_datagrams"), WITH('d'),
	  HELP("Number of datagrams sent") },
	{ COL("RX_DGRAMS", 9, udp_life_event, rx_datagrams), KEY("rx_datagrams"), WITH('d'),
	  HELP("Number of datagrams received by the program") },
	{ COL("DROPS", 6, udp_life_event, drops), WITH('d'),
	  HELP("Datagrams that arrived and were dropped, mostly because the receive buffer was "
	       "full") },
	{ COL_AS(kind_ms, "MS", 0, udp_life_event, ns), KEY("ns"),
	  HELP("How long the socket had a port, in milliseconds (JSON: ns, in nanoseconds)") },
	{ COLF("peers", 0, peers), JSON_ONLY,
	  HELP("With how many others it exchanged datagrams: none, one or several; a connected "
	       "socket has one") },
	{ 0 },
};

static void parsed(void)
{
	life_parsed(cols);
}

TOOL(udplife, .summary = "Show UDP sockets that ended, with their lifespan and bytes.",
     .examples = "Examples:\n"
		 "  udplife              # every socket\n"
		 "  udplife -T -w        # with the time of day, and room for IPv6\n"
		 "  udplife -d           # with datagrams, and those that were dropped\n"
		 "  udplife -D 53 -p 181 # questions of a process to DNS servers\n"
		 "  udplife --json -- dig example.com",
     .probes = probes, .opts = opts, .cols = cols, EVENTS(udp_life_event), .parsed = parsed,
     NET_FILTER)
