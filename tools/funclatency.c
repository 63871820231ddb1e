// SPDX-License-Identifier: BSD-2-Clause
/* funclatency: how long calls of functions take, as a histogram.  After BCC's, by Brendan Gregg. */
#include "funclatency.h"
#include "domain/functions.h"
#include "funclatency.skel.h"
#include "kernel/attach_calls.h"
#include "symbols/demangle.h"
#include <stdio.h>
#include <string.h>

static struct conf conf;
static const char *text_of_pattern;
static struct pattern pattern;
static bool regex, by_func, kprobes;
static u32 level = NESTED_MOST;
static size_t traced;

static const struct trial trials[] = {
	{ "kernel functions", "vfs_read" },
	{ "functions of programs", "c:abort" },
	{ 0 },
};

/* Instead of letters of options, as two show or hide these columns. */
enum { FUNC = FUNCTIONS_OWN, PID };

static const struct opt opts[] = {
	OPT_PID,
	OPT_INTERVAL('i'),
	OPT_DURATION('d'),
	OPT_TIMESTAMP('T'),
	OPT_FUNCTION_TIMES,
	OPT_FLAG('F', "function", &by_func, "Print a histogram for each function"),
	OPT_FLAG('r', "regexp", &regex, "Treat the pattern as a regular expression, not a glob"),
	OPT_U32('l', "level", "LEVEL", &level, 1, NESTED_MOST,
		"Measure at most this many calls inside one another (default: 64)"),
	OPT_FLAG('k', "kprobes", &kprobes, "Trace kernel functions by kprobes"),
	OPT_CONTAINER('c'),
	OPT_DEMANGLE,
	{ 0 },
};

CELL(func, latency, value_str(functions_name(&pattern, 1, e->k.func)))

static const struct col cols[] = {
	{ COLF("func", 0, func), HELP("Function, with -F or of a program"), .opt = FUNC,
	  .flags = COL_ONLY_IF },
	{ COL("pid", 0, latency, k.pid), HELP("Process ID, for a function of a program"),
	  .opt = PID, .flags = COL_ONLY_IF },
	COLS_FUNCTION_TIMES(latency, v.hist, "Latency of the calls"),
	{ 0 },
};

static int positional(unsigned int n, const char *arg)
{
	text_of_pattern = arg;
	return !n;
}

static void parsed(void)
{
	size_t n_pids;

	if (!text_of_pattern)
		usage_error("which functions should be measured? The pattern is missing");
	pattern_parse(&pattern, text_of_pattern, regex);
	functions_only(&pattern);
	functions_times_parsed();
	filter_pids(&n_pids);
	conf.by_pid = pattern.kind == USER_FUNC && (by_func || !n_pids);
	conf.by_func = by_func || conf.by_pid;
	conf.unit = functions_unit();
	if (conf.by_func)
		opt_imply(FUNC);
	if (conf.by_pid)
		opt_imply(PID);
	whole_intervals();
}

static void prepare(void *skel)
{
	struct bpf_object *obj = ((struct skel *)skel)->obj;
	u32 *limit = bpf_rodata(obj, "nested_limit", sizeof(*limit));

	*limit = level;
	if (!pattern.n_names)
		pattern_find(&pattern, filter_only_pid());
	calls_prepare(obj, &pattern, 1, kprobes);
	if (!conf.by_pid)
		bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, "latencies_first"),
					 conf.by_func ? pattern.n_names : 1);
}

static void attach(void *skel)
{
	traced = calls_attach(((struct skel *)skel)->obj, &pattern, 1, filter_only_pid());
}

static void begin(void)
{
	functions_counted(traced, text_of_pattern);
}

static void unfold(void *rec, const void *entry)
{
	const struct latency_all *all = entry;

	((struct latency *)rec)->v.hist = all->v;
}

static int compare(const void *a, const void *b)
{
	const struct latency_key *x = &((const struct latency *)a)->k,
				 *y = &((const struct latency *)b)->k;

	return x->func != y->func ? (x->func > y->func) - (x->func < y->func)
				  : (x->pid > y->pid) - (x->pid < y->pid);
}

static u64 total, count; /* of a report */

static void row(struct rec r)
{
	const struct latency *l = r.p;

	total += l->v.hist.sum;
	count += hist_count(&l->v.hist);
	if (conf.by_func) {
		const char *name = functions_name(&pattern, 1, l->k.func);

		text("\nFunction = ");
		text_str(name, strlen(name));
		if (conf.by_pid)
			text(" [%u]", l->k.pid);
		text("\n");
	}
	hist_text(&l->v.hist, functions_unit_name());
}

static void report_end(void)
{
	hist_total_text(total / conf.unit, count, functions_unit_name());
	total = count = 0;
}

TOOL(funclatency, .summary = "Summarize how long calls of functions take, as a histogram.",
     .args = "PATTERN",
     .examples = "Examples:\n"
		 "  funclatency vfs_read           # a function of the kernel, on Ctrl-C\n"
		 "  funclatency -u -i 1 vfs_read   # in microseconds, every second\n"
		 "  funclatency -F 'vfs_r*'        # a histogram for each of several\n"
		 "  funclatency -p 181 c:malloc    # malloc() in libc, in process 181\n"
		 "  funclatency -m /bin/bash:readline",
     CONF(conf), ENTRIES("latencies", latency), ALSO_ENTRIES("all_latencies", latency_all),
     .unfold = unfold, .report = REPORT_HIST, .trials = trials, .opts = opts, .cols = cols,
     .positional = positional, .parsed = parsed, .prepare = prepare, .attach = attach,
     .begin = begin, .compare = compare, .row = row, .report_end = report_end,
     .goodbye = "Detaching...")
