// SPDX-License-Identifier: BSD-2-Clause
/* pidpersec: count new processes and threads.  After BCC's, by Brendan Gregg. */
#include "pidpersec.h"
#include "main/filter.h"
#include "main/tool.h"
#include "pidpersec.skel.h"

static const struct col cols[] = {
	{ COL("pids", 0, pidpersec, v.all), HELP("New processes and threads, in the interval"),
	  JSON_ONLY },
	{ COL("threads", 0, pidpersec, v.threads), HELP("How many of these are threads"),
	  JSON_ONLY },
	{ 0 },
};

static void row(struct rec r)
{
	text("%s: PIDs/sec: %llu\n", time_hms(time_mono()),
	     per_second(((const struct pidpersec *)r.p)->v.all));
}

TOOL(pidpersec, .summary = "Count new processes and threads per second.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  pidpersec             # a row each second\n"
		 "  pidpersec 5 3         # three rows of 5 seconds each\n"
		 "  pidpersec --json --once -- make   # how many a command makes",
     .opts = filter_opts, .cols = cols, ENTRIES("counts", pidpersec), .report = REPORT_ROWS,
     .interval = 1, .row = row, .banner = "Tracing... Ctrl-C to end.")
