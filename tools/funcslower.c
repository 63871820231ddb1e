// SPDX-License-Identifier: BSD-2-Clause
/* funcslower: calls of functions that take long.  After BCC's, by Sasha Goldshtein. */
#include "funcslower.h"
#include "domain/functions.h"
#include "funcslower.skel.h"
#include "kernel/attach_calls.h"
#include "output/graph.h"
#include "output/print.h"
#include "symbols/stack.h"
#include <stdio.h>
#include <string.h>

#define MAX_PATTERNS 64

static struct conf conf = { .min_ns = 1000000 };
static struct pattern patterns[MAX_PATTERNS];
static size_t n_patterns;
static bool in_ms, in_us, folded;

static const struct trial trials[] = {
	{ "kernel functions", "vfs_read" },
	{ "functions of programs", "c:abort" },
	{ 0 },
};

static void set_min_ms(const char *arg)
{
	conf.min_ns = parse_ms(arg, "min-ms");
	in_ms = true;
}

static void set_min_us(const char *arg)
{
	conf.min_ns = parse_us(arg, "min-us");
	in_us = true;
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_CALL('m', "min-ms", "MS", set_min_ms,
		 "Show calls slower than this many milliseconds (default: 1)"),
	OPT_CALL('u', "min-us", "US", set_min_us, "The same in microseconds"),
	OPT_U32('a', "arguments", "N", &conf.n_args, 1, NESTED_ARGS,
		"Show this many of the arguments"),
	OPT_FLAG('f', "folded", &folded,
		 "Print one line per call, in the format of flame graph programs; needs -K or -U"),
	OPT_FLAG('U', "user-stack", &conf.user_stack, "Show the process's stack"),
	OPT_FLAG('K', "kernel-stack", &conf.kernel_stack, "Show the kernel stack"),
	OPT_USER_FRAMES,
	OPT_CONTAINER(0),
	{ 0 },
};

static struct stack kernel_stack_of(const struct slow_call *e)
{
	return stack_in_room(e->frames, e->kernel, 0, e->ts);
}

static struct stack user_stack_of(const struct slow_call *e)
{
	return stack_in_room(e->frames + (conf.kernel_stack ? EVENT_FRAMES : 0), e->user, e->pid,
			     e->ts);
}

static void args_text(struct out *o, struct value v, struct rec r)
{
	const struct slow_call *e = r.p;

	(void)o;
	(void)v;
	for (u32 i = 0; i < conf.n_args; i++)
		text(i ? " 0x%llx" : "0x%llx", e->args[i]);
}

static void args_json(struct out *o, struct value v, struct rec r)
{
	const struct slow_call *e = r.p;

	(void)o;
	(void)v;
	out_plain("[");
	for (u32 i = 0; i < conf.n_args; i++) {
		out_plain(i ? "," : "");
		out_plain_int(e->args[i]);
	}
	out_plain("]");
}

static const struct value_kind kind_args = { .class = CLASS_OTHER,
					     .text = args_text,
					     .json = args_json };

CELL(func, slow_call, value_str(functions_name(patterns, n_patterns, e->func)))
CELL(args, slow_call, value_as(&kind_args, 0))
CELL(kernel_stack, slow_call, stack_value(kernel_stack_of(e), "    "))
CELL(user_stack, slow_call, stack_value(user_stack_of(e), "    "))

static const struct col cols[] = {
	{ COL_TIME(-10, slow_call), SHOW('T', "time", "Show the time of day"),
	  HELP("Time of day when the call returned") },
	{ COL_OF(time_s6, "TIME", -10, slow_call, ts), KEY("time_s"),
	  SHOW('t', "timestamp", "Show the time in seconds"), HELP("Seconds since the first row") },
	{ COL("COMM", -14, slow_call, comm), HELP("Name of the thread"), TRUNCATED },
	{ COL("PID", -6, slow_call, pid), HELP("Process ID") },
	{ COL("tid", 0, slow_call, tid), HELP("Thread ID"), JSON_ONLY },
	{ COL_AS(kind_ms, "LAT(ms)", 7, slow_call, ns), HELP("Latency in milliseconds"), .opt = 'u',
	  .flags = COL_TEXT_ONLY | COL_ONLY_IF | COL_UNLESS },
	{ COL_AS(kind_us2, "LAT(us)", 7, slow_call, ns), HELP("Latency in microseconds, with -u"),
	  .opt = 'u', .flags = COL_TEXT_ONLY | COL_ONLY_IF },
	{ COL("lat_ns", 0, slow_call, ns), JSON_ONLY, HELP("Latency in nanoseconds") },
	{ COL_AS(kind_hex, "RVAL", 16, slow_call, ret), TEXT_ONLY,
	  HELP("What the function returned, in hexadecimal") },
	{ COL("rval", 0, slow_call, ret), JSON_ONLY, HELP("The same as a number") },
	{ COLF("FUNC", 0, func), HELP("Function") },
	{ COLF("ARGS", 0, args), WITH('a'), HELP("Its arguments, with -a (JSON: decimal)") },
	{ COLF("kernel_stack", 0, kernel_stack), HELP("Kernel functions, innermost first, with -K"),
	  .opt = 'K', .flags = COL_BELOW | COL_ONLY_IF },
	{ COLF("user_stack", 0, user_stack),
	  HELP("Functions of the process, innermost first, with -U"), .opt = 'U',
	  .flags = COL_BELOW | COL_ONLY_IF },
	{ 0 },
};

static int positional(unsigned int n, const char *arg)
{
	if (n == MAX_PATTERNS)
		usage_error("at most %d functions", MAX_PATTERNS);
	pattern_parse(&patterns[n], arg, false);
	functions_only(&patterns[n]);
	n_patterns++;
	return 1;
}

static void parsed(void)
{
	if (!n_patterns)
		usage_error("which functions should be traced? Name at least one");
	if (in_ms && in_us)
		usage_error("-m and -u exclude each other");
	if (folded && !conf.kernel_stack && !conf.user_stack)
		usage_error("-f needs -K or -U");
	stack_show.from_probe = true;
	stack_show.user_events = conf.user_stack;
}

static void prepare(void *skel)
{
	for (size_t i = 0; i < n_patterns; i++)
		if (!patterns[i].n_names)
			pattern_find(&patterns[i], filter_only_pid());
	calls_prepare(((struct skel *)skel)->obj, patterns, n_patterns, false);
}

static void attach(void *skel)
{
	calls_attach(((struct skel *)skel)->obj, patterns, n_patterns, filter_only_pid());
}

static void begin(void)
{
	if (!folded)
		text("Tracing function calls slower than %g %s... Ctrl+C to quit.\n",
		     conf.min_ns / (in_us ? 1e3 : 1e6), in_us ? "us" : "ms");
}

static bool keep(struct rec r)
{
	const struct slow_call *e = r.p;
	const s32 most = EVENT_FRAMES * sizeof(u64);

	if (r.len != sizeof(*e) + (conf.kernel_stack + conf.user_stack) * (size_t)most ||
	    e->kernel > most || e->user > most)
		record_damaged();
	return true;
}

static void folded_row(struct rec r)
{
	const struct slow_call *e = r.p;

	folded_name(e->comm, COMM_LEN);
	if (conf.user_stack)
		stack_folded(user_stack_of(e));
	text(conf.user_stack && conf.kernel_stack ? ";-" : "");
	if (conf.kernel_stack)
		stack_folded(kernel_stack_of(e));
	text(" 1\n");
}

static int side_open(void)
{
	return conf.user_stack ? stack_watch() : -1;
}

TOOL(funcslower, .summary = "Trace calls of functions that take long.", .args = "FUNCTION...",
     .examples = "Examples:\n"
		 "  funcslower vfs_write                 # calls that take 1 ms or more\n"
		 "  funcslower -m 10 -a 2 vfs_read       # 10 ms, with two arguments\n"
		 "  funcslower -u 10 -p 181 c:malloc     # malloc() in process 181, 10 us\n"
		 "  funcslower -KU c:fsync               # with both stacks\n"
		 "  funcslower -fKU -m 0 vfs_read        # for a flame graph",
     CONF(conf), .rec_size = sizeof(struct slow_call), .rec_max = 1 << 16, .tail = { TAIL_BYTES },
     .trials = trials, .opts = opts, .cols = cols, .positional = positional, .parsed = parsed,
     .prepare = prepare, .attach = attach, .begin = begin, .keep = keep, .row = folded_row,
     .row_if = &folded, .side_open = side_open, .side_read = stack_watched)
