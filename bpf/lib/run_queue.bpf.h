/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long tasks wait for a CPU: from when they wake up, or are preempted, until they run.  A tool defines
 * ran(ctx, ns, now, typed), which is called in sched_switch for each task that the user asked for.
 */
#pragma once
#include "sched.bpf.h"
#include "task_slot.bpf.h"

struct waiting {
	u32 tid, busy;
	u64 since;
};
TASK_SLOTS_OF(struct waiting, waiting);

static __always_inline int ran(u64 *ctx, u64 ns, u64 now, const bool typed);

static __always_inline int queued(struct task_struct *t, u64 now, const bool typed)
{
	u32 tid = ARG_READ(t, pid);
	struct waiting *w;

	if (!tid) /* an idle task waits for nothing */
		return 0;
	w = task_slot_take_of(waiting, tid);
	w->since = now;
	w->busy = 1;
	return 0;
}

static __always_inline int woken(u64 *ctx, const bool typed)
{
	struct task_struct *t = (void *)ctx[0];

	return task_wanted_of(t, typed) ? queued(t, bpf_ktime_get_ns(), typed) : 0;
}

TRACEPOINT(sched_wakeup, waked)
{
	return woken(ctx, typed);
}

TRACEPOINT(sched_wakeup_new, waked_new)
{
	return woken(ctx, typed);
}

TRACEPOINT(sched_switch, switched)
{
	u64 now = bpf_ktime_get_ns();
	struct waiting *w;
	s64 ns;

	if (SWITCH_PREEMPTS && task_wanted_of(SWITCH_PREV, typed))
		queued(SWITCH_PREV, now, typed);
	w = task_slot_of(waiting, ARG_READ(SWITCH_NEXT, pid));
	if (!w)
		return 0;
	w->busy = 0;
	ns = now - w->since;
	return ns < 0 ? 0 : ran(ctx, ns, now, typed); /* another CPU's clock can be ahead */
}
