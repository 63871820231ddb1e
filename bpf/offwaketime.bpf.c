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
	struct stack_key *waker;
	u64 ids;

	/* One that was preempted does not wait for anybody, whatever its state is. */
	if (!o || !o->state || stack_window.done)
		return 0;
	/* It slept for too long already: it will not be counted, and needs no stacks. */
	if (off_conf.max_ns != ~0ull && off_ns(o, bpf_ktime_get_ns()) > off_conf.max_ns)
		return 0;
	ids = task_ids();
	waker = &o->key.waker;
	waker->pid = ids >> 32;
	waker->tid = ids;
	task_comm_key_typed(waker->comm, typed);
	stack_key_stacks(ctx, waker);
	return 0;
}
