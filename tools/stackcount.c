// SPDX-License-Identifier: BSD-2-Clause
/* stackcount: count the stacks that lead to a function or another probe.  After BCC's, by Brendan Gregg. */
#include "stackcount.h"
#include "domain/matches.h"
#include "stackcount.skel.h"
#include "symbols/stack.h"
#include <string.h>

static struct conf conf;
static struct tool *me;
static bool per_process, offsets, addresses;
static u64 hits;

static const struct opt opts[] = {
	OPT_MATCHES('D', 0),
	OPT_FLAG('P', "perpid", &per_process, "Count the stacks of each process separately"),
	OPT_STACKS,
	OPT_FLAG('s', "offset", &offsets, "Show each frame's offset in its function"),
	OPT_FLAG('v', "verbose", &addresses, "Show the address of each frame"),
	OPT_USER_FRAMES,
	OPT_STACK_STORAGE,
	{ 0 },
};

CELL(kernel_stack, stack_hits, stack_value(STACK_KERNEL(e->key.stack.kernel), ""))
CELL(user_stack, stack_hits, stack_value(STACK_USER(e->key.stack.user, e->key.pid), ""))

CELL(probe, stack_hits, value_str(matches.text))

static const struct col cols[] = {
	{ COLF("probe", 0, probe), HELP("What was traced, as it was asked for"), JSON_ONLY },
	{ COL("pid", 0, stack_hits, key.pid), HELP("Process ID"), .opt = 'P',
	  .flags = COL_ONLY_IF | COL_JSON_ONLY },
	{ COL("comm", 0, stack_hits, key.comm), HELP("Name of the thread"), .opt = 'P',
	  .flags = COL_ONLY_IF | COL_JSON_ONLY },
	{ COLF("kernel", 0, kernel_stack),
	  HELP("Kernel functions, innermost first; null if they could not be stored"), .opt = 'U',
	  .flags = COL_ONLY_IF | COL_UNLESS | COL_JSON_ONLY },
	{ COLF("user", 0, user_stack),
	  HELP("User functions, innermost first; null if they could not be stored"), .opt = 'K',
	  .flags = COL_ONLY_IF | COL_UNLESS | COL_JSON_ONLY },
	{ COL("count", 0, stack_hits, v), HELP("How often the probe was hit with these stacks"),
	  JSON_ONLY },
	{ 0 },
};

static void called_as(struct tool *tool, const char *name)
{
	(void)name;
	me = tool;
}

static void parsed(void)
{
	stack_parsed();
	matches_parsed();
	if (given('p'))
		opt_imply('P');
	per_process = given('P');
	conf.per_process = per_process;
	conf.pids = per_process || !stack_show.kernel_only;
	conf.functions = matches.kind == USER_FUNC;
	stack_show.style = (offsets ? FRAME_OFFSET : 0) | (addresses ? FRAME_HEX : 0);
	stack_show.indent = "  ";
	stack_show.unit = "hits";
	stack_show.counted = "count";
	stack_show.from_probe = true;
	stack_show.callers = true;
	me->own_gaps = stack_show.folded; /* none */
}

static void begin(void)
{
	if (!stack_show.folded)
		matches_begin();
}

static char *merge(char *recs, size_t *n)
{
	/* Naming the frames takes a while. */
	if (run.last)
		stack_stop();
	recs = stack_merge(recs, n);
	return per_process || addresses ? recs : stack_join_processes(recs, n);
}

static bool keep(struct rec r)
{
	const struct stack_hits *h = r.p;

	hits += h->v;
	return stack_keep(&h->key, h->v);
}

static void row(struct rec r)
{
	const struct stack_hits *h = r.p;

	if (stack_show.folded) {
		stack_row(&h->key, h->v);
		return;
	}
	stack_lines(&h->key);
	if (per_process) {
		text("    ");
		text_name(h->key.comm, sizeof(h->key.comm), 0, SIZE_MAX);
		text(" [%u]\n", h->key.pid);
	}
	text("    %llu\n\n", h->v);
}

static void end(void)
{
	stack_goodbye();
	if (!hits)
		matches_not_hit();
}

static int by_count(const void *a, const void *b)
{
	const struct stack_hits *x = a, *y = b;

	return (x->v > y->v) - (x->v < y->v) ?: memcmp(x, y, sizeof(*x));
}

TOOL(stackcount, .summary = "Count the stacks that lead to functions, tracepoints and USDT probes.",
     .args = "PATTERN",
     .examples = "Examples:\n"
		 "  stackcount submit_bio                # who submits block I/O?\n"
		 "  stackcount -P c:malloc               # who calls libc's malloc(), by process?\n"
		 "  stackcount -K t:sched:sched_switch   # why are CPUs given away?\n"
		 "  stackcount -D 10 -f u:c:setjmp       # 10 seconds, as folded lines\n"
		 "  stackcount --flamegraph open.svg 'vfs_open*' -- make",
     CONF(conf), ENTRIES("counts", stack_hits), .trials = matches_trials, .opts = opts,
     .cols = cols, .called_as = called_as, .positional = matches_positional, .parsed = parsed,
     .prepare = matches_prepare, .attach = matches_attach, .begin = begin, .merge = merge,
     .compare = by_count, .keep = keep, .row = row, .side_open = stack_watch,
     .side_read = stack_watched, .end = end)
