// SPDX-License-Identifier: BSD-2-Clause
/* biostacks: which code starts block I/O, and how long that takes.  After BCC's libbpf-tools. */
#include "biostacks.h"
#include "biostacks.skel.h"
#include "domain/block.h"
#include "main/tool.h"
#include "output/hist.h"
#include "symbols/stack.h"
#include <errno.h>
#include <string.h>

static struct conf conf = { .unit = 1000 };

static const struct probe probes[] = {
	{ REQUESTS_QUEUED },
	{ "requests being completed", { "completed" } },
	{ 0 },
};

static void set_milliseconds(const char *arg)
{
	(void)arg;
	conf.unit = 1000000;
}

static const struct opt opts[] = {
	OPT_DISK,
	OPT_CALL('m', "milliseconds", NULL, set_milliseconds,
		 "Use milliseconds instead of microseconds"),
	OPT_PID,
	OPT_CONTAINER('c'),
	OPT_FLAMEGRAPH,
	OPT_COMPARE,
	OPT_STACK_STORAGE,
	{ 0 },
};

CELL(stack, origin, stack_value(STACK_KERNEL(e->key.stack), ""))

static const struct col cols[] = {
	{ COL("comm", 0, origin, key.comm), HELP("Name of the thread that made the requests") },
	{ COL("pid", 0, origin, key.pid), HELP("Its process ID") },
	{ COL("disk", 0, origin, v.disk), HELP("Name of the disk") },
	{ COLF("stack", 0, stack), HELP("Kernel functions that led to them, innermost first") },
	{ COL("usecs", 0, origin, v.hist), HELP("Latency of the requests, in microseconds"),
	  ONLY_UNLESS('m') },
	{ COL("msecs", 0, origin, v.hist), HELP("Latency in milliseconds, with -m"), ONLY_IF('m') },
	{ COL("total_ns", 0, origin, v.hist.sum), HELP("Sum of their latencies, in nanoseconds"),
	  JSON_ONLY },
	{ COL_OF(hist_values, "count", 0, origin, v.hist), HELP("Number of requests"), JSON_ONLY },
	{ 0 },
};

static void prepare(void *skel)
{
	block_prepare_flushes(skel);
}

static void parsed(void)
{
	stack_show.from_probe = true;
	stack_show.kernel_only = true;
	stack_show.unit = "us";
	stack_show.counted = "total_ns";
	stack_show.per = 1000;
}

/* The graph is of the time that the requests took. */
static bool keep(struct rec rec)
{
	const struct origin *r = rec.p;
	struct stack_key k = { .pid = r->key.pid,
			       .stack = { .kernel = r->key.stack, .user = -EFAULT } };

	memcpy(k.comm, r->key.comm, sizeof(k.comm));
	return stack_keep(&k, r->v.hist.sum / 1000);
}

static void row(struct rec rec)
{
	const struct origin *r = rec.p;
	struct frame frames[STACK_MAX];
	size_t n = stack_frames(STACK_KERNEL(r->key.stack), frames);

	text_name(r->key.comm, COMM_LEN, 14, 14);
	text(" %-6u ", r->key.pid);
	text_name(r->v.disk, DISK_NAME_LEN, 7, SIZE_MAX);
	text("\n");
	for (size_t i = 0; i < n; i++) {
		frame_text(&frames[i], 0);
		text("\n");
	}
	hist_text(&r->v.hist, given('m') ? "msecs" : "usecs");
	text("\n");
}

static int by_time(const void *a, const void *b)
{
	u64 x = ((const struct origin *)a)->v.hist.sum, y = ((const struct origin *)b)->v.hist.sum;

	return (x > y) - (x < y);
}

TOOL(biostacks,
     .summary = "Show which kernel code paths start block I/O, and how long the I/O takes.",
     .args = "[DURATION]",
     .examples = "Examples:\n"
		 "  biostacks              # until Ctrl-C\n"
		 "  biostacks -m -d sda 10 # one disk, in milliseconds, for 10 seconds\n"
		 "  biostacks --flamegraph io.svg -- make",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, ENTRIES("origins", origin),
     .positional = positional_duration, .no_interval = true, .compare = by_time, .prepare = prepare,
     .parsed = parsed, .keep = keep, .row = row,
     .banner = "Tracing block I/O with init stacks. Hit Ctrl-C to end.")
