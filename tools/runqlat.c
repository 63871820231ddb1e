// SPDX-License-Identifier: BSD-2-Clause
/* runqlat: how long tasks wait for a CPU, as a histogram.  After BCC's, by Brendan Gregg. */
#include "domain/task_hist.h"
#include "main/filter.h"
#include "runqlat.skel.h"

static const struct opt opts[] = {
	OPT_TASK_HIST,
	OPT_FLAG(0, "pidnss", &task_hist_pidnss, "Print a histogram for each PID namespace"),
	OPT_PID,
	OPT_CONTAINER('c'),
	{ 0 },
};

static const struct col cols[] = {
	{ COL("pidns", 0, task_hist, k.id), HELP("Number of the PID namespace, with --pidnss"),
	  .opt = TASK_HIST_PIDNS, .flags = COL_ONLY_IF | COL_JSON_ONLY },
	COLS_TASK_HIST("Times that tasks waited for a CPU"),
	{ 0 },
};

TOOL(runqlat, .summary = "Summarize how long tasks wait for a CPU, as a histogram.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  runqlat               # one histogram, on Ctrl-C\n"
		 "  runqlat 1 10          # ten reports, one per second\n"
		 "  runqlat -mT 1         # in milliseconds, with the time\n"
		 "  runqlat -P -p 181     # the waits of process 181\n"
		 "  runqlat --pidnss -T 1 # by container",
     .opts = opts, .cols = cols, TASK_HIST, .parsed = task_hist_parsed,
     .prepare = task_hist_prepare, .banner = "Tracing run queue latency... Hit Ctrl-C to end.")
