// SPDX-License-Identifier: BSD-2-Clause
/* offcputime: where threads are off the CPU, and for how long, by stack.  After BCC's, by Brendan Gregg. */
#include "offcputime.h"
#include "domain/offcpu.h"
#include "offcputime.skel.h"
#include <string.h>

static bool offsets;

static const struct probe probes[] = {
	OFFCPU_PROBES,
	{ 0 },
};

static const struct opt opts[] = {
	OPT_OFFCPU_THREADS,
	OPT_FLAG('I', "include-idle", &off_conf.idle,
		 "Also the idle tasks, whose time is that of all others"),
	OPT_STACKS,
	OPT_FLAG('s', "offset", &offsets, "Show where in its function each frame is"),
	OPT_OFFCPU_TIMES,
	OPT_USER_FRAMES,
	OPT_STACK_STORAGE,
	{ 0 },
};

static const struct col cols[] = {
	COLS_OFFCPU_TARGET,
	COLS_OFFCPU_TIME,
	{ 0 },
};

static void parsed(void)
{
	offcpu_parsed();
	if (stack_show.folded && offsets)
		usage_error("-f and -s exclude each other");
	stack_show.style = offsets ? FRAME_OFFSET : 0;
}

static void begin(void)
{
	const char *who = filter_context_plural(), *kind = off_conf.user_threads ? "user threads"
							   : off_conf.kernel_threads
								   ? "kernel threads"
								   : NULL;
	bool all = !strcmp(who, "all threads");

	if (stack_show.folded)
		return;
	text("Tracing off-CPU time (us) of %s%s%s by %s stack", kind ?: "",
	     kind && !all ? " of " : "", kind && all ? "" : who, stack_context());
	stack_banner_end();
}

static bool keep(struct rec r)
{
	const struct offcpu *e = r.p;

	return stack_keep(&e->key.target, e->v.ns / 1000);
}

static void row(struct rec r)
{
	const struct offcpu *e = r.p;

	stack_row(&e->key.target, e->v.ns / 1000);
}

TOOL(offcputime, .summary = "Show where threads are off the CPU, and for how long, by stack.",
     .args = "[duration]",
     .examples = "Examples:\n"
		 "  offcputime            # all threads, until Ctrl-C\n"
		 "  offcputime 5          # for 5 seconds\n"
		 "  offcputime -p 181     # process 181\n"
		 "  offcputime -m 1000    # only times of at least 1 ms\n"
		 "  offcputime --state 2  # uninterruptible sleep, such as for disks\n"
		 "  offcputime -f 5       # as folded lines\n"
		 "  offcputime --flamegraph off.svg -- make",
     .probes = probes, .opts = opts, .cols = cols, OFFCPU, .parsed = parsed, .begin = begin,
     .keep = keep, .row = row)
