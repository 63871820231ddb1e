// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "ustat.h"
#include "lib/lang.bpf.h"
#include "lib/task.bpf.h"

TABLE(processes, u64, typeof(((struct activity *)0)->v), 8192);
static typeof(((struct activity *)0)->v) none;

static __noinline int count(u32 offset)
{
	u64 pid = task_pid();
	typeof(&none) v;

	if (!task_wanted() || !(v = table_get(&processes, &pid, &none)))
		return 0;
	if (!v->comm[0])
		bpf_get_current_comm(v->comm, sizeof(v->comm));
	if (offset <= offsetof(typeof(none), threads))
		count_add((u64 *)((void *)v + offset), 1);
	return 0;
}

#define COUNT(name, field)                                   \
	USDT(name, ())                                       \
	{                                                    \
		return count(offsetof(typeof(none), field)); \
	}

COUNT(count_method, methods)
COUNT(count_gc, gcs)
COUNT(count_object, objects)
COUNT(count_class, classes)
COUNT(count_exception, exceptions)
COUNT(count_thread, threads)
