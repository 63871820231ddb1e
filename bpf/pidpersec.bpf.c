// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "pidpersec.h"
#include "lib/counts.bpf.h"
#include "lib/tracepoint.bpf.h"

#define CLONE_THREAD 0x10000

COUNTS(struct new_pids, counts_of_task)

/* Called by the task that creates another. */
TRACEPOINT_IN_TASKS(task_newtask, created)
{
	struct new_pids *n = counts_of_task();

	if (!n)
		return 0;
	count_add(&n->all, 1);
	if (ctx[1] & CLONE_THREAD)
		count_add(&n->threads, 1);
	return 0;
}
