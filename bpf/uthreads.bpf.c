// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "uthreads.h"
#include "lib/event.bpf.h"
#include "lib/lang.bpf.h"
#include "lib/runner.bpf.h"
#include "lib/task.bpf.h"
#include "lib/tracepoint.bpf.h"

/* What a thread that calls pthread_create() wants the new one to run. */
LRU_HASH(creating, u32, u64, 8192);

UFUNC(pthread_creating, (u64 thread, u64 attr, u64 start))
{
	u32 runner = runner_id();

	if (task_wanted())
		map_put(&creating, &runner, &start);
	return 0;
}

/* The new thread is made inside of it. */
TRACEPOINT(sched_process_fork, forked)
{
	struct task_struct *parent = (void *)ctx[0], *child = (void *)ctx[1];
	u32 runner = runner_id();
	u64 *start = bpf_map_lookup_elem(&creating, &runner);
	struct uthread_event *e;

	if (!start || ARG_READ(parent, tgid) != ARG_READ(child, tgid))
		return 0;
	e = event_new(struct uthread_event);
	if (e) {
		event_begin(e);
		e->tid = task_tid_of(child);
		e->start = *start;
		e->id = 0;
		e->what = THREAD_PTHREAD;
		e->pad = 0;
		__builtin_memset(e->name, 0, sizeof(e->name));
		event_send(e);
	}
	bpf_map_delete_elem(&creating, &runner);
	return 0;
}

static __noinline int java_thread(u32 what, u64 name, s64 len, u64 id)
{
	struct uthread_event *e;

	if (!task_wanted() || !(e = event_new(struct uthread_event)))
		return 0;
	event_begin(e);
	lang_name_read(e->name, sizeof(e->name), name, len < 0 ? 0 : len);
	e->start = 0;
	e->id = id;
	e->what = what;
	e->pad = 0;
	event_send(e);
	return 0;
}

USDT(java_started, (u64 name, s32 len, u64 id))
{
	return java_thread(THREAD_START, name, len, id);
}

USDT(java_stopped, (u64 name, s32 len, u64 id))
{
	return java_thread(THREAD_STOP, name, len, id);
}
