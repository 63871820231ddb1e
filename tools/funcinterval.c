// SPDX-License-Identifier: BSD-2-Clause
/* funcinterval: the time between calls of a function, as a histogram.  After BCC's, by Edward Wu. */
#include "funcinterval.h"
#include "domain/functions.h"
#include "domain/matches.h"
#include "funcinterval.skel.h"

static struct conf conf;

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

static void parsed(void)
{
	matches_parsed();
	functions_times_parsed();
	conf.unit = functions_unit();
}

static void prepare(void *skel)
{
	pattern_find(&matches, filter_only_pid());
	matches_prepare(skel);
}

static void begin(void)
{
	static const char *const kinds[] = { "kprobe function", "uprobe function", "tracepoint",
					     "USDT probe" };

	functions_banner(kinds[matches.kind], matches.text);
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
     CONF(conf), ENTRIES("intervals", interval), .report = REPORT_HIST, .trials = matches_trials,
     .opts = opts, .cols = cols, .positional = matches_positional, .parsed = parsed,
     .prepare = prepare, .attach = matches_attach, .begin = begin, .row = row,
     .goodbye = "Detaching...")
