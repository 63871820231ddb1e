// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cachestat.h"
#include "lib/map.bpf.h"
#include "lib/task.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct page_counts);
} counts SEC(".maps");

static __always_inline struct page_counts *page_counts_get(void)
{
	u32 zero = 0;

	return task_wanted() ? bpf_map_lookup_elem(&counts, &zero) : NULL;
}

#include "lib/page_cache.bpf.h"
