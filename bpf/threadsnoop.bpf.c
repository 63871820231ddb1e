// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "threadsnoop.h"
#include "lib/event.bpf.h"
#include "lib/task.bpf.h"
#include "lib/user_probe.bpf.h"

UFUNC(creating, (void *thread, void *attr, u64 start))
{
	struct thread_event *e;

	(void)thread, (void)attr;
	if (!task_wanted() || !(e = event_new(struct thread_event)))
		return 0;
	event_begin(e);
	e->uid = bpf_get_current_uid_gid();
	e->pad = 0;
	e->start = start;
	event_send(e);
	return 0;
}
