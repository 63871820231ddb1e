// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "funccount.h"
#include "lib/hits.bpf.h"
#include "lib/map.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

/* One element per name that the pattern matches. */
PERCPU_ARRAY(counts, u64, 1);

static __always_inline int hit(u32 id)
{
	u64 *count;

	if (conf.cpu >= 0 && conf.cpu != (s32)bpf_get_smp_processor_id())
		return 0;
	if (!task_wanted() || !(count = bpf_map_lookup_elem(&counts, &id)))
		return 0;
	/* Atomic even though per CPU: the task can be preempted inside a uprobe. */
	count_add(count, 1);
	return 0;
}

HIT_PROGRAMS(hit)
