// SPDX-License-Identifier: BSD-2-Clause
/* tcpaccept: trace TCP accepts.  After BCC's, by Brendan Gregg. */
#include "tcpaccept.h"
#include "domain/net.h"
#include "main/tool.h"
#include "tcpaccept.skel.h"

static const struct probe probes[] = {
	ACCEPTS_SEEN,
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID, OPT_LPORTS('P', "port"), OPT_RPORTS(0, "remoteport"), OPT_FAMILY,
	OPT_UID, OPT_CONTAINER(0),        OPT_NETNS(0, "netns"),       { 0 },
};

static const struct col cols[] = {
	{ COL_AS(kind_clock, "TIME", -9, accept_event, ts), HELP("Time of day"), .opt = 'T',
	  .flags = COL_TEXT_ONLY | COL_NO_BLANK, .optname = "time",
	  .opthelp = "Show the time of day" },
	{ COL_TIME_S3(-9, accept_event), HELP("Time in seconds since the first row"), .opt = 't',
	  .flags = COL_NO_BLANK, .optname = "timestamp", .opthelp = "Show the time in seconds" },
	{ COL("PID", -7, accept_event, pid), HELP("Process that accepted the connection") },
	{ COL("tid", 0, accept_event, tid), HELP("Its thread"), JSON_ONLY },
	{ COL("COMM", -12, accept_event, comm), HELP("Name of the thread"), TRUNCATED },
	{ COL_IP(-2, accept_event, ends) },
	{ COL_RADDR("RADDR", -16, accept_event, ends) },
	{ COL_RPORT("RPORT", -5, accept_event, ends) },
	{ COL_LADDR("LADDR", -16, accept_event, ends) },
	{ COL_LPORT("LPORT", -5, accept_event, ends) },
	{ COL_NETNS(0, accept_event, ends), JSON_ONLY },
	{ 0 },
};

TOOL(tcpaccept, .summary = "Trace TCP accepts.",
     .examples = "Examples:\n"
		 "  tcpaccept            # every accept\n"
		 "  tcpaccept -t         # with the time\n"
		 "  tcpaccept -P 80,81   # of these local ports\n"
		 "  tcpaccept -p 181     # by process 181",
     .probes = probes, .opts = opts, .cols = cols, EVENTS(accept_event), NET_FILTER)
