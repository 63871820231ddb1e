// SPDX-License-Identifier: BSD-2-Clause
/* futexctn: how long threads wait for futexes, the locks of programs.  After BCC's libbpf-tools, by Wenbo Zhang. */
#include "futexctn.h"
#include "futexctn.skel.h"
#include "main/tool.h"
#include "output/hist.h"
#include "symbols/stack.h"
#include <string.h>

static struct conf conf = { .unit = 1000 };

/* Newer kernels have more system calls that wait.  F(NAME): a way to see one. */
#define WAYS(before, f)                                                                           \
	before f(futex) " " f(futex_waitv) " " f(futex_wait), before f(futex) " " f(futex_waitv), \
		before f(futex)

static const struct probe probes[] = {
	{ "waits for futexes",
	  { WAYS("", SYSCALL_WAY_X64), WAYS("", SYSCALL_WAY_ARM64), WAYS("", SYSCALL_WAY_TP) } },
	/* Those of arm64 call the same functions as 64-bit programs, but for one. */
	{ "waits of 32-bit programs",
	  { WAYS("__ia32_sys_futex_time32 ", SYSCALL_WAY_IA32), "__arm64_sys_futex_time32" },
	  .optional = true,
	  .rare = true },
	{ 0 },
};

static void set_milliseconds(const char *arg)
{
	(void)arg;
	conf.unit = 1000000;
}

static void set_lock(const char *arg)
{
	char hex[32] = "0x";

	/* Like libbpf-tools' address, it is hexadecimal with and without 0x. */
	if (strncmp(arg, "0x", 2) && strlen(arg) < sizeof(hex) - 2)
		arg = strcat(hex, arg);
	conf.lock = parse_u64(arg, "lock", 1, UINT64_MAX);
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_CONTAINER(0),
	OPT_CALL('l', "lock", "ADDRESS", set_lock,
		 "Only the futex at this address of its process, in hexadecimal"),
	OPT_CALL('m', "milliseconds", NULL, set_milliseconds,
		 "Use milliseconds instead of microseconds"),
	OPT_FLAG('s', "summary", &conf.summary, "No stacks: add the waits of each thread up"),
	OPT_TIMESTAMP('T'),
	OPT_FLAMEGRAPH,
	OPT_COMPARE,
	OPT_USER_FRAMES,
	OPT_STACK_STORAGE,
	{ 0 },
};

CELL(avg_ns, futex_waits, value_uint(e->v.count ? e->v.hist.sum / e->v.count : 0))
CELL(stack, futex_waits, stack_value(STACK_USER(e->k.who.stack.user, e->k.who.pid), ""))

static const struct col cols[] = {
	{ COL("comm", 0, futex_waits, k.who.comm), HELP("Name of the thread that waited") },
	{ COL("pid", 0, futex_waits, k.who.pid), HELP("Its process ID") },
	{ COL("tid", 0, futex_waits, k.who.tid), HELP("Its thread ID") },
	{ COL_AS(kind_address, "lock", 0, futex_waits, k.lock),
	  HELP("Address of the futex in the process") },
	{ COL("count", 0, futex_waits, v.count), HELP("How often it waited") },
	{ COLF("avg_ns", 0, avg_ns), HELP("How long, on average, in nanoseconds") },
	{ COL("max_ns", 0, futex_waits, v.max_ns), HELP("The longest wait"), .flags = COL_GAUGE },
	{ COL("min_ns", 0, futex_waits, v.min_ns), HELP("The shortest wait"), .flags = COL_GAUGE },
	{ COL("total_ns", 0, futex_waits, v.hist.sum), HELP("All waits together") },
	{ COLF("stack", 0, stack),
	  HELP("User functions that waited, innermost first; null if they could not be stored"),
	  ONLY_UNLESS('s') },
	{ COL("usecs", 0, futex_waits, v.hist), HELP("The waits as a histogram, in microseconds"),
	  ONLY_UNLESS('m') },
	{ COL("msecs", 0, futex_waits, v.hist), HELP("The same in milliseconds, with -m"),
	  ONLY_IF('m') },
	{ 0 },
};

static void add(void *sum, const void *value)
{
	struct futex_value *to = sum;
	const struct futex_value *v = value;

	to->hist.sum += v->hist.sum;
	for (int i = 0; i < HIST_SLOTS; i++)
		to->hist.slots[i] += v->hist.slots[i];
	to->count += v->count;
	if (v->max_ns > to->max_ns)
		to->max_ns = v->max_ns;
	if (v->min_ns && (v->min_ns < to->min_ns || !to->min_ns))
		to->min_ns = v->min_ns;
}

static void parsed(void)
{
	stack_show.user_only = true;
	stack_show.add = add;
	stack_show.unit = "us";
	stack_show.counted = "total_ns";
	stack_show.per = 1000;
	stack_show.style = run.verbose ? FRAME_ADDRESS | FRAME_OFFSET | FRAME_MODULE : 0;
}

static char *merge(char *recs, size_t *n)
{
	if (run.last)
		stack_stop();
	return stack_merge(recs, n);
}

static bool keep(struct rec r)
{
	const struct futex_waits *e = r.p;

	return conf.summary || stack_keep(&e->k.who, e->v.hist.sum / 1000);
}

static void stack_text(const struct futex_waits *e)
{
	struct frame frames[STACK_MAX];
	size_t n = stack_frames(STACK_USER(e->k.who.stack.user, e->k.who.pid), frames);

	text("    -\n");
	for (size_t i = 0; i < n; i++) {
		text("    ");
		if (run.verbose)
			text("#%-2zu ", i);
		frame_text(&frames[i], stack_show.style);
		text("\n");
	}
	text("    -\n");
}

static void row(struct rec r)
{
	const struct futex_waits *e = r.p;
	const char *unit = given('m') ? "msecs" : "usecs";
	u64 avg = e->v.count ? e->v.hist.sum / e->v.count : 0;

	text("\n\n");
	text_name(e->k.who.comm, COMM_LEN, 0, COMM_LEN);
	text("[%u] lock 0x%llx contended %llu times, %llu avg %s [max: %llu %s, min %llu %s]\n",
	     e->k.who.tid, e->k.lock, e->v.count, avg / conf.unit, unit, e->v.max_ns / conf.unit,
	     unit, e->v.min_ns / conf.unit, unit);
	if (!conf.summary)
		stack_text(e);
	hist_text(&e->v.hist, unit);
}

/* The longest last, where a terminal ends. */
static int by_time(const void *a, const void *b)
{
	const struct futex_waits *x = a, *y = b;

	return (x->v.hist.sum > y->v.hist.sum) - (x->v.hist.sum < y->v.hist.sum)
		       ?: memcmp(x, y, sizeof(*x));
}

TOOL(futexctn, .summary = "Show how long threads wait for futexes, the locks of programs.",
     .examples = "Examples:\n"
		 "  futexctn               # until Ctrl-C\n"
		 "  futexctn 1 10          # ten reports, one a second\n"
		 "  futexctn -s -p 181     # process 181, without stacks\n"
		 "  futexctn -l 0x8187bb8  # only this lock\n"
		 "  futexctn -mT 1         # in milliseconds, with the time\n"
		 "  futexctn --flamegraph locks.svg -- make",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, ENTRIES("waits", futex_waits),
     .compare = by_time, .parsed = parsed, .keep = keep, .row = row, .merge = merge,
     .side_open = stack_watch, .side_read = stack_watched,
     .banner = "Summarize futex contention latency, hit ctrl-c to exit")
