// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "offwaketime.h"
#include "lib/offcpu.bpf.h"

static __always_inline void off_began(struct off *o)
{
	struct stack_key *waker = &o->key.waker;

	__builtin_memset(waker, 0, sizeof(*waker));
	waker->stack.kernel = waker->stack.user = -14;
}

/* In the task that wakes T up; sched_wakeup can come on another CPU, in an unrelated task. */
TRACEPOINT(sched_waking, waking)
{
	struct task_struct *t = (void *)ctx[0];
	struct off *o = task_state_find(offs, ARG_READ(t, pid));
	u64 now = bpf_ktime_get_ns();
	struct stack_key *waker;

	/* One that was preempted does not wait for anybody, whatever its state is. */
	if (!o || !o->state || stack_window.done)
		return 0;
	/* This will be too long: it needs no stacks. */
	if (o->since < now && now - o->since > off_conf.max_ns)
		return 0;
	waker = &o->key.waker;
	stack_key_get(ctx, waker);
	waker->tid = task_ids();
	return 0;
}
