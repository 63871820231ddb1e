// SPDX-License-Identifier: BSD-2-Clause
/* funcinterval: the time between calls of a function, as a histogram.  After BCC's, by Edward Wu. */
#include "funcinterval.h"
#include "domain/functions.h"
#include "domain/probe_counts.h"
#include "funcinterval.skel.h"

static struct conf conf;
static const char *text_of_pattern;

static const struct trial trials[] = {
	{ "kernel functions", "vfs_read" },
	{ "functions of programs", "c:abort" },
	{ "tracepoints", "t:sched:sched_switch" },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID,
	OPT_INTERVAL('i'),
	OPT_DURATION('d'),
	OPT_TIMESTAMP('T'),
	OPT_FUNCTION_TIMES,
	OPT_CONTAINER(0),
	{ 0 },
};

static const struct col cols[] = {
	COLS_FUNCTION_TIMES(interval, v, "Times from one call to the next"),
	{ 0 },
};

static int positional(unsigned int n, const char *arg)
{
	text_of_pattern = arg;
	return !n;
}

static void parsed(void)
{
	if (!text_of_pattern)
		usage_error("the calls of which function? The pattern is missing");
	pattern_parse(&probe_counts_pattern, text_of_pattern, false);
	functions_times_parsed();
	conf.unit = functions_unit();
	whole_intervals();
}

static void prepare(void *skel)
{
	pattern_find(&probe_counts_pattern, filter_only_pid());
	probe_counts_prepare(skel, filter_only_pid());
}

static void attach(void *skel)
{
	probe_counts_attach(skel, filter_only_pid(), false);
}

static void begin(void)
{
	static const char *const kinds[] = { "kprobe function", "uprobe function", "tracepoint",
					     "USDT probe" };

	functions_banner(kinds[probe_counts_pattern.kind], text_of_pattern);
}

static void row(struct rec r)
{
	hist_text(&((const struct interval *)r.p)->v, functions_unit_name());
}

TOOL(funcinterval, .summary = "Summarize the time between calls of a function, as a histogram.",
     .args = "PATTERN",
     .examples = "Examples:\n"
		 "  funcinterval vfs_read               # a function of the kernel, on Ctrl-C\n"
		 "  funcinterval -u -i 1 -p 181 vfs_read # of one process, every second\n"
		 "  funcinterval -m c:malloc            # malloc() in libc, in milliseconds\n"
		 "  funcinterval t:sched:sched_switch   # a tracepoint",
     CONF(conf), ENTRIES("intervals", interval), .report = REPORT_HIST, .trials = trials,
     .opts = opts, .cols = cols, .positional = positional, .parsed = parsed, .prepare = prepare,
     .attach = attach, .begin = begin, .row = row, .goodbye = "Detaching...")
