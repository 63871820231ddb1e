// SPDX-License-Identifier: BSD-2-Clause
/* offwaketime: where threads are off the CPU, for how long, and who wakes them up.  After BCC's, by Brendan Gregg. */
#include "offwaketime.h"
#include "domain/offcpu.h"
#include "offwaketime.skel.h"
#include <string.h>

static const struct probe probes[] = {
	OFFCPU_PROBES,
	{ "who wakes threads up", { "waking" } },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_OFFCPU_THREADS, OPT_STACKS, OPT_OFFCPU_TIMES, OPT_USER_FRAMES, OPT_STACK_STORAGE, { 0 },
};

static const struct stack_key *waker(struct rec r)
{
	return &((const struct offcpu *)r.p)->key.waker;
}

static struct value unless_nobody(struct rec r, struct value v)
{
	return stack_is_nobody(waker(r)) ? value_none("") : v;
}

static struct value waker_pid(struct rec r)
{
	return unless_nobody(r, value_uint(waker(r)->pid));
}

static struct value waker_tid(struct rec r)
{
	return unless_nobody(r, value_uint(waker(r)->tid));
}

static struct value waker_comm(struct rec r)
{
	return unless_nobody(r, value_strn(waker(r)->comm, strnlen(waker(r)->comm, COMM_LEN)));
}

CELL(waker_kernel, offcpu, stack_value(STACK_KERNEL(e->key.waker.stack.kernel), ""))
CELL(waker_user, offcpu, stack_value(STACK_USER(e->key.waker.stack.user, e->key.waker.pid), ""))

static const struct col cols[] = {
	COLS_OFFCPU_TARGET,
	{ COLF("waker_pid", 0, waker_pid),
	  HELP("Process that woke it up; null if none did: it could have gone on, or still slept"),
	  JSON_ONLY },
	{ COLF("waker_tid", 0, waker_tid), HELP("The thread that did so"), JSON_ONLY },
	{ COLF("waker", 0, waker_comm), HELP("Name of that thread"), JSON_ONLY },
	{ COLF("waker_kernel", 0, waker_kernel), HELP("The waker's kernel functions"),
	  OFFCPU_KERNEL },
	{ COLF("waker_user", 0, waker_user), HELP("The waker's user functions"), OFFCPU_USER },
	COLS_OFFCPU_TIME,
	{ 0 },
};

static void begin(void)
{
	if (stack_show.folded)
		return;
	text("Tracing blocked time (us) by %s off-CPU and waker stack", stack_context());
	stack_banner_end();
}

static bool keep(struct rec r)
{
	const struct offcpu *e = r.p;

	return stack_pair_keep(&e->key.target, &e->key.waker, e->v.ns / 1000);
}

static void row(struct rec r)
{
	const struct offcpu *e = r.p;

	stack_pair_row(&e->key.target, &e->key.waker, e->v.ns / 1000);
}

TOOL(offwaketime,
     .summary = "Show where threads are off the CPU, for how long, and who wakes them up.",
     .args = "[duration]",
     .examples = "Examples:\n"
		 "  offwaketime            # all threads, until Ctrl-C\n"
		 "  offwaketime 5          # for 5 seconds\n"
		 "  offwaketime -p 181     # process 181, and who wakes it up\n"
		 "  offwaketime -m 1000    # only times of at least 1 ms\n"
		 "  offwaketime --state 2  # uninterruptible sleep, such as for disks\n"
		 "  offwaketime -f 5       # as folded lines\n"
		 "  offwaketime --flamegraph off.svg -- make",
     .probes = probes, .opts = opts, .cols = cols, OFFCPU, .parsed = offcpu_parsed, .begin = begin,
     .keep = keep, .row = row)
