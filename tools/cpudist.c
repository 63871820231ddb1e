// SPDX-License-Identifier: BSD-2-Clause
/* cpudist: how long tasks run on a CPU, or stay off it, as a histogram.  After BCC's, by Sasha Goldshtein. */
#include "cpudist.h"
#include "cpudist.skel.h"
#include "domain/task_hist.h"
#include "main/filter.h"

static struct conf conf;
static bool on, average;

static const struct probe probes[] = {
	{ "tasks leaving a CPU", { "on_switched" }, .wanted = &on },
	{ "tasks leaving and entering a CPU", { "off_switched" }, .wanted = &conf.off },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FLAG('O', "offcpu", &conf.off, "Measure the time off the CPU instead of on it"),
	OPT_TASK_HIST,
	OPT_PID,
	OPT_FLAG('I', "include-idle", &conf.idle, "Also measure the idle tasks, which have PID 0"),
	OPT_FLAG('e', "extension", &average, "Also print the average, the total and the count"),
	OPT_CONTAINER('c'),
	{ 0 },
};

static const struct col cols[] = {
	COLS_TASK_HIST("Times on the CPU, or with -O off it"),
	{ 0 },
};

static void parsed(void)
{
	on = !conf.off;
	task_hist_names = true;
	task_hist_parsed();
}

static void begin(void)
{
	text("Tracing %s-CPU time... Hit Ctrl-C to end.\n", conf.off ? "off" : "on");
}

static void report_end(void)
{
	if (average)
		task_hist_extension();
}

TOOL(cpudist, .summary = "Summarize how long tasks run on a CPU, or stay off it, as a histogram.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  cpudist               # time on the CPU, on Ctrl-C\n"
		 "  cpudist -O            # time off the CPU\n"
		 "  cpudist 1 10          # ten reports, one per second\n"
		 "  cpudist -mT 1         # in milliseconds, with the time\n"
		 "  cpudist -P -p 181     # process 181\n"
		 "  cpudist -e            # with average, total and count",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, TASK_HIST, .parsed = parsed,
     .prepare = task_hist_prepare, .begin = begin, .report_end = report_end)
