// SPDX-License-Identifier: BSD-2-Clause
/* tcppktlat: how long TCP packets wait to be read.  After libbpf-tools', by Wenbo Zhang. */
#include "tcppktlat.h"
#include "domain/net.h"
#include "main/tool.h"
#include "tcppktlat.skel.h"
#include <err.h>

static struct conf conf;
static bool wide;

static const struct probe probes[] = {
	{ "packets that come", { "received" } },
	{ "packets that come with the end of the handshake, or after this side closed its "
	  "direction",
	  { "tcp_rcv_state_process" },
	  .optional = true,
	  .rare = true },
	{ "reads", { "read" } },
	{ "the end of sockets", { "destroyed" } },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_LPORTS('l', "lport"),
	OPT_RPORTS('r', "rport"),
	OPT_FAMILY,
	OPT_NETNS(0, "netns"),
	OPT_FLAG('w', "wide", &wide, "Make room for IPv6 addresses"),
	{ 0 },
};

enum { LADDR = 4, RADDR = 6 };
static struct col cols[] = {
	{ COL_AS(kind_clock, "TIME(s)", -8, pktlat_event, ts), HELP("Time of day when it was read"),
	  .opt = 'T', .flags = COL_TEXT_ONLY, .optname = "timestamp",
	  .opthelp = "Show the time of day" },
	{ COL("PID", -7, pktlat_event, pid), HELP("Process that read the packet") },
	{ COL("TID", -7, pktlat_event, tid), HELP("Its thread") },
	{ COL("COMM", -16, pktlat_event, comm), HELP("Name of the thread") },
	[LADDR] = { COL_LADDR("LADDR", -15, pktlat_event, ends) },
	{ COL_LPORT("LPORT", -5, pktlat_event, ends) },
	[RADDR] = { COL_RADDR("RADDR", -15, pktlat_event, ends) },
	{ COL_RPORT("RPORT", -5, pktlat_event, ends) },
	{ COL_AS(kind_ms, "MS", 0, pktlat_event, ns), KEY("lat_ns"),
	  HELP("Time from when the packet came until all of it was read, in milliseconds (JSON: "
	       "lat_ns, in nanoseconds)") },
	{ COL("bytes", 0, pktlat_event, bytes), HELP("Data in the packet, in bytes"), JSON_ONLY },
	{ COL_FAMILY_JSON(pktlat_event, ends) },
	{ COL_NETNS(0, pktlat_event, ends), JSON_ONLY },
	{ 0 },
};

static int positional(unsigned int n, const char *arg)
{
	if (!n)
		conf.min_ns = parse_u64(arg, "min_us", 0, UINT32_MAX) * 1000;
	return !n;
}

static void parsed(void)
{
	if (wide)
		cols[LADDR].width = cols[RADDR].width = -26;
}

static void end(void)
{
	const u64 *unread = bpf_variable("unread", sizeof(*unread));

	if (unread && *unread)
		warnx("%llu packets were not read before their connections ended",
		      (unsigned long long)*unread);
}

TOOL(tcppktlat, .summary = "Trace how long TCP packets wait until a program reads them.",
     .args = "[MIN_US]",
     .examples = "Examples:\n"
		 "  tcppktlat             # every packet\n"
		 "  tcppktlat 10000       # those that waited 10 milliseconds or more\n"
		 "  tcppktlat -T -l 80    # to this port; with the time of day\n"
		 "  tcppktlat -p 181 -w   # read by process 181; with room for IPv6",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, EVENTS(pktlat_event),
     .positional = positional, .parsed = parsed, .end = end, NET_FILTER)
