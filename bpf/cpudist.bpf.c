// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cpudist.h"
#include "lib/task_hist.bpf.h"
#include "lib/task_slot.bpf.h"

const volatile struct conf conf;

/* What the CPU runs, and since when. */
struct running {
	u64 since; /* 0: before we came */
	u32 tid;
};
PERCPU_ARRAY(running, struct running, 1);

/* A task that is off the CPU. */
struct away {
	u32 tid, busy;
	u64 since;
};
TASK_SLOTS_OF(struct away, away);

static __always_inline bool counted(struct task_struct *t, const bool typed)
{
	return conf.idle || ARG_READ(t, pid);
}

TRACEPOINT(sched_switch, on_switched)
{
	u32 zero = 0, tid = ARG_READ(SWITCH_PREV, pid);
	struct running *r = bpf_map_lookup_elem(&running, &zero);
	u64 since, now = bpf_ktime_get_ns();

	if (!r)
		return 0;
	since = r->tid == tid ? r->since : 0;
	r->since = now;
	r->tid = ARG_READ(SWITCH_NEXT, pid);
	if (since && counted(SWITCH_PREV, typed) && task_wanted())
		task_hist_add(SWITCH_PREV, now - since, typed);
	return 0;
}

TRACEPOINT(sched_switch, off_switched)
{
	u64 now = bpf_ktime_get_ns();
	struct away *a;
	s64 ns;

	if (counted(SWITCH_PREV, typed) && !(task_state(SWITCH_PREV, typed) & TASK_DEAD) &&
	    task_wanted()) {
		a = task_slot_take_of(away, runner_id_of(SWITCH_PREV, typed));
		a->since = now;
		a->busy = 1;
	}
	if (!counted(SWITCH_NEXT, typed))
		return 0;
	a = task_slot_of(away, runner_id_of(SWITCH_NEXT, typed));
	if (!a)
		return 0;
	a->busy = 0;
	ns = now - a->since;
	if (ns >= 0) /* another CPU's clock can be ahead */
		task_hist_add(SWITCH_NEXT, ns, typed);
	return 0;
}
