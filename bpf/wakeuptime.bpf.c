// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "wakeuptime.h"
#include "lib/sched.bpf.h"
#include "lib/stack_key.bpf.h"
#include "lib/task_state.bpf.h"

const volatile struct conf conf;

TABLE(times, struct wakeup_key, struct wakeup_value, 40960);
TASK_STATES(asleep, sleepers);
static u64 began; /* when we saw the first switch */

static __always_inline bool counted(struct task_struct *t, const bool typed)
{
	struct task_struct___sched *s = (void *)t;

	return !(conf.user_threads && ARG_READ(s, flags) & PF_KTHREAD) && task_wanted_of(t, typed);
}

TRACEPOINT(sched_switch, switched)
{
	u64 now = bpf_ktime_get_ns();
	u32 id = ARG_READ(SWITCH_NEXT, pid);
	u32 state = switch_state(ctx, typed);
	struct asleep *a;

	if (!began)
		began = now;
	if (stack_window.done)
		return 0;
	if (state && !(state & TASK_DEAD) && counted(SWITCH_PREV, typed)) {
		a = task_state_begin(sleepers, ARG_READ(SWITCH_PREV, pid));
		if (a)
			a->since = now;
	}
	/* Awake without having been woken: a signal came just when it was about to sleep. */
	a = id ? task_state_find(sleepers, id) : NULL;
	if (a)
		task_state_end(sleepers, id, a);
	return 0;
}

/* In the task that wakes T up; sched_wakeup can come on another CPU, in an unrelated task. */
TRACEPOINT(sched_waking, waking)
{
	struct task_struct *t = (void *)ctx[0];
	struct task_struct___sched *s = (void *)t;
	u32 id = ARG_READ(t, pid);
	struct wakeup_value zero = {}, *v;
	u64 since, ns, now = bpf_ktime_get_ns();
	struct wakeup_key key = {};
	struct asleep *a;

	if (stack_window.done || !counted(t, typed))
		return 0;
	a = task_state_find(sleepers, id);
	if (a) {
		since = a->since;
		task_state_end(sleepers, id, a);
	} else {
		/* It has slept since before we came, or is only about to sleep. */
		u32 on_cpu = 0;

		if (typed)
			on_cpu = s->on_cpu;
		else
			bpf_core_read(&on_cpu, bpf_core_field_size(s->on_cpu), &s->on_cpu);
		if (on_cpu || !began || conf.complete)
			return 0;
		since = began;
	}
	ns = since < now ? now - since : 0;
	if (ns < conf.min_ns || ns > conf.max_ns)
		return 0;
	task_comm_key_of(t, key.target.comm, typed);
	key.target.stack.kernel = key.target.stack.user = -14;
	task_comm_key(key.waker.comm);
	stack_key_stacks(ctx, &key.waker);
	v = stack_table_get(&times, &key, &zero);
	if (v) {
		count_add(&v->ns, ns);
		count_add(&v->count, 1);
	}
	return 0;
}
