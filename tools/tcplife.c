// SPDX-License-Identifier: BSD-2-Clause
/* tcplife: the lifespan of TCP connections.  After BCC's, by Brendan Gregg. */
#include "tcplife.h"
#include "domain/net.h"
#include "main/tool.h"
#include "tcplife.skel.h"

static bool wide;

static const struct probe probes[] = {
	{ "connections", { "state_set" } },
	OWNERS_SEEN,
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FLAG('w', "wide", &wide, "Make room for IPv6 addresses, and show the IP version"),
	OPT_CSV('s'),
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_LPORTS('L', "localport"),
	OPT_RPORTS('D', "remoteport"),
	OPT_FAMILY,
	OPT_NETNS(0, "netns"),
	{ 0 },
};

CELL(milliseconds, life_event, out_ms, e->ns, 2)

enum { TIME, TIME_S, PID, COMM, IP, LADDR, LPORT, RADDR, RPORT, NETNS, TX, RX };
static struct col cols[] = {
	[TIME] = { COL_TIME(-8, life_event), HELP("Time of day when the connection ended"),
		   SHOW('T', "time", "Show the time of day") },
	[TIME_S] = { COL_TIME_S6(-9, life_event),
		     HELP("When it ended, in seconds since the first row"),
		     SHOW('t', "timestamp", "Show the time in seconds") },
	[PID] = { COL_OWNER_PID("PID", -5, life_event, owner) },
	[COMM] = { COL_OWNER_COMM("COMM", -10, life_event, owner), TRUNCATED },
	[IP] = { COL_IP(-2, life_event, ends), WITH('w') },
	[LADDR] = COLS_ENDPOINTS(life_event, ends, -15, -5),
	[TX] = { COLF("TX_KB", 5, out_kib), KEY("tx_bytes"), FIELD(life_event, tx),
		 HELP("Data sent that the other side has acknowledged, in KiB (JSON: tx_bytes, in "
		      "bytes)") },
	[RX] = { COLF("RX_KB", 5, out_kib), KEY("rx_bytes"), FIELD(life_event, rx),
		 HELP("Data received, in KiB (JSON: rx_bytes, in bytes)") },
	{ COLF("MS", 0, milliseconds), KEY("ns"),
	  HELP("How long the connection was open, in milliseconds (JSON: ns, in nanoseconds); if "
	       "it "
	       "never opened, how long it was tried") },
	{ 0 },
};

static void parsed(void)
{
	if (run.csv)
		cols[IP].opt = 's';
	if (!wide)
		return;
	cols[COMM].width = -16;
	cols[LADDR].width = cols[RADDR].width = -39;
	cols[TX].width = cols[RX].width = 6;
}

TOOL(tcplife, .summary = "Show TCP connections that ended, with their lifespan and bytes.",
     .examples = "Examples:\n"
		 "  tcplife              # every connection\n"
		 "  tcplife -T -w        # with the time of day, and room for IPv6\n"
		 "  tcplife -L 80,443    # to two local ports\n"
		 "  tcplife -D 5432 -p 181\n"
		 "  tcplife --json -- curl https://localhost/",
     .probes = probes, .opts = opts, .cols = cols, EVENTS(life_event), .parsed = parsed, NET_FILTER)
