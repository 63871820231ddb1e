// SPDX-License-Identifier: BSD-2-Clause
/* funclatency: how long calls of functions take, as a histogram.  After BCC's, by Brendan Gregg. */
#include "funclatency.h"
#include "funclatency.skel.h"
#include "kernel/attach_calls.h"
#include "main/tool.h"
#include "output/hist.h"
#include <string.h>

static struct conf conf = { .unit = 1 };
static const char *text_of_pattern;
static struct pattern pattern;
static bool regex, by_func, milliseconds, microseconds, kprobes;
static u32 level = NESTED_MOST;
static size_t traced;

static const struct trial trials[] = {
	{ "kernel functions", "vfs_read" },
	{ "functions of programs", "c:abort" },
	{ 0 },
};

/* Instead of letters of options, as two show or hide these columns. */
enum { FUNC = 1, PID, NSECS };

static const struct opt opts[] = {
	OPT_PID,
	OPT_INTERVAL('i'),
	OPT_DURATION('d'),
	OPT_TIMESTAMP('T'),
	OPT_FLAG('u', "microseconds", &microseconds, "Use microseconds instead of nanoseconds"),
	OPT_FLAG('m', "milliseconds", &milliseconds, "Use milliseconds instead of nanoseconds"),
	OPT_FLAG('F', "function", &by_func, "Print a histogram for each function"),
	OPT_FLAG('r', "regexp", &regex, "Treat the pattern as a regular expression, not a glob"),
	OPT_U32('l', "level", "LEVEL", &level, 1, NESTED_MOST,
		"Measure at most this many calls inside one another (default: 64)"),
	OPT_FLAG('k', "kprobes", &kprobes, "Trace kernel functions by kprobes"),
	OPT_CONTAINER('c'),
	{ 0 },
};

static const char *func_name(u32 func)
{
	static char number[16];

	if (func < pattern.n_names)
		return pattern.names[func];
	snprintf(number, sizeof(number), "[%u]", func);
	return number;
}

CELL(func, latency, value_str(func_name(e->k.func)))

static const struct col cols[] = {
	{ COLF("func", 0, func), HELP("Function, with -F or of a program"), .opt = FUNC,
	  .flags = COL_ONLY_IF },
	{ COL("pid", 0, latency, k.pid), HELP("Process ID, for a function of a program"),
	  .opt = PID, .flags = COL_ONLY_IF },
	{ COL("nsecs", 0, latency, v.hist), HELP("Latency of the calls, in nanoseconds"),
	  .opt = NSECS, .flags = COL_ONLY_IF },
	{ COL("usecs", 0, latency, v.hist), HELP("Latency in microseconds, with -u"),
	  ONLY_IF('u') },
	{ COL("msecs", 0, latency, v.hist), HELP("Latency in milliseconds, with -m"),
	  ONLY_IF('m') },
	{ COL("total_ns", 0, latency, v.hist.sum), HELP("Sum of their latencies, in nanoseconds"),
	  JSON_ONLY },
	{ COL_OF(hist_values, "count", 0, latency, v.hist), HELP("Number of calls"), JSON_ONLY },
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
	if (milliseconds && microseconds)
		usage_error("-m and -u exclude each other");
	pattern_parse(&pattern, text_of_pattern, regex);
	if (pattern.kind != KERNEL_FUNC && pattern.kind != USER_FUNC)
		usage_error("'%s': only functions take time, not tracepoints and USDT probes",
			    text_of_pattern);
	filter_pids(&n_pids);
	conf.by_pid = pattern.kind == USER_FUNC && (by_func || !n_pids);
	conf.by_func = by_func || conf.by_pid;
	conf.unit = milliseconds ? 1000000 : microseconds ? 1000 : 1;
	if (conf.by_func)
		opt_imply(FUNC);
	if (conf.by_pid)
		opt_imply(PID);
	if (conf.unit == 1)
		opt_imply(NSECS);
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
	text("Tracing %zu functions for \"", traced);
	text_str(text_of_pattern, strlen(text_of_pattern));
	text("\"... Hit Ctrl-C to end.\n");
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

static const char *unit(void)
{
	return milliseconds ? "msecs" : microseconds ? "usecs" : "nsecs";
}

static void row(struct rec r)
{
	const struct latency *l = r.p;

	total += l->v.hist.sum;
	count += hist_count(&l->v.hist);
	if (conf.by_func) {
		const char *name = func_name(l->k.func);

		text("\nFunction = ");
		text_str(name, strlen(name));
		if (conf.by_pid)
			text(" [%u]", l->k.pid);
		text("\n");
	}
	hist_text(&l->v.hist, unit());
}

static void report_end(void)
{
	hist_total_text(total / conf.unit, count, unit());
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
