// SPDX-License-Identifier: BSD-2-Clause
/* tcpconnlat: how long TCP connects take.  After BCC's, by Brendan Gregg. */
#include "tcpconnlat.h"
#include "domain/net.h"
#include "main/tool.h"
#include "tcpconnlat.skel.h"

static struct conf conf;

static const struct opt opts[] = {
	OPT_PID,
	OPT_FAMILY,
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_RPORTS('P', "port"),
	OPT_LPORTS(0, "localport"),
	OPT_NETNS(0, "netns"),
	{ 0 },
};

static const struct col cols[] = {
	{ COL_TIME_S3(-9, connlat_event),
	  HELP("When the answer came, in seconds since the first row"), .opt = 't',
	  .flags = COL_NO_BLANK, .optname = "timestamp", .opthelp = "Show the time in seconds" },
	{ COL("PID", -7, connlat_event, pid), HELP("Process ID") },
	{ COL("COMM", -12, connlat_event, comm), HELP("Name of the thread"), TRUNCATED },
	{ COL_IP(-2, connlat_event, ends) },
	{ COL_LADDR("SADDR", -16, connlat_event, ends) },
	{ COL_LPORT("LPORT", -6, connlat_event, ends), SHOW('L', "lport", "Show the local port") },
	{ COL_RADDR("DADDR", -16, connlat_event, ends) },
	{ COL_RPORT("DPORT", -5, connlat_event, ends) },
	{ COL_AS(kind_ms, "LAT(ms)", 0, connlat_event, ns), KEY("lat_ns"),
	  HELP("Time from the connect to the answer, in milliseconds (JSON: lat_ns, in "
	       "nanoseconds)") },
	COLS_RESULT('r', connlat_event, result),
	{ COL_NETNS(0, connlat_event, ends), JSON_ONLY },
	{ 0 },
};

static int positional(unsigned int n, const char *arg)
{
	if (!n)
		conf.min_ns = parse_ms(arg, "min_ms");
	return !n;
}

static void parsed(void)
{
	conf.results = given('r') || run.json;
}

TOOL(tcpconnlat, .summary = "Show how long TCP connects take.", .args = "[MIN_MS]",
     .examples = "Examples:\n"
		 "  tcpconnlat          # every connect\n"
		 "  tcpconnlat 1        # those that took a millisecond or more\n"
		 "  tcpconnlat 0.5 -t   # half a millisecond; with the time\n"
		 "  tcpconnlat -r       # also those that got no answer\n"
		 "  tcpconnlat -p 181",
     CONF(conf), .opts = opts, .cols = cols, EVENTS(connlat_event), .positional = positional,
     .parsed = parsed, NET_FILTER)
