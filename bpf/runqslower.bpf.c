// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "runqslower.h"
#include "lib/event.bpf.h"
#include "lib/run_queue.bpf.h"

const volatile struct conf conf;

static __always_inline int ran(u64 *ctx, u64 ns, u64 now, const bool typed)
{
	struct wait_event *e;

	if (ns < conf.min_ns || !(e = event_new(struct wait_event)))
		return 0;
	e->ts = now;
	e->ns = ns;
	e->pid = task_pid_of(SWITCH_NEXT);
	e->tid = task_tid_of(SWITCH_NEXT);
	e->prev_pid = task_pid_of(SWITCH_PREV);
	e->prev_tid = task_tid_of(SWITCH_PREV);
	task_comm_key_of(SWITCH_NEXT, e->comm, typed);
	task_comm_key_of(SWITCH_PREV, e->prev_comm, typed);
	event_send(e);
	return 0;
}
