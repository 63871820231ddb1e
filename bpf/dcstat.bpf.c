// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dcstat.h"
#include "lib/map.bpf.h"
#include "lib/task.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct lookups);
} counts SEC(".maps");

static __always_inline struct lookups *counts_get(void)
{
	u32 zero = 0;

	return task_wanted() ? bpf_map_lookup_elem(&counts, &zero) : NULL;
}

static __always_inline int looked_up(const bool typed, u32 program, struct qstr *name, bool slow)
{
	struct lookups *c = counts_get();

	if (!c)
		return 0;
	count_add(&c->refs, 1);
	if (slow)
		count_add(&c->slow, 1);
	return 0;
}

static __always_inline int missed(const bool typed, u32 program, struct qstr *name)
{
	struct lookups *c = counts_get();

	if (c)
		count_add(&c->missed, 1);
	return 0;
}

#include "lib/dcache.bpf.h"
