// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lib/map.bpf.h"
#include "lib/matches.bpf.h"

/* One element per name that the pattern matches. */
PERCPU_ARRAY(counts, u64, 1);

static __always_inline int hit(void *ctx, u32 id)
{
	u64 *count;

	if (!hit_wanted() || !(count = bpf_map_lookup_elem(&counts, &id)))
		return 0;
	/* Atomic even though per CPU: the task can be preempted inside a uprobe. */
	count_add(count, 1);
	return 0;
}
