/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Stacks, each stored once in a map and identified by an ID. */
#pragma once
#include "map.bpf.h"

struct stack_map {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384); /* --stack-storage-size */
	__uint(key_size, sizeof(u32));
	__uint(value_size, 127 * sizeof(u64)); /* --perf-max-stack-depth */
};

/*
 * A stack's hash gives it one slot in the map, and a second stack for the same slot
 * is refused.  With 4,000 stacks in 16,384 slots, that happens to 500.  These go to
 * further maps, each a quarter of the size of the last; then it happens to 5.
 */
struct stack_map stacks SEC(".maps"), stacks2 SEC(".maps"), stacks3 SEC(".maps");

/*
 * The ID of the current stack.  FLAGS: 0 or BPF_F_USER_STACK.  Negative if
 * there is none: -EFAULT for a task without such a stack; -EEXIST (its places
 * hold other stacks) and -ENOMEM are counted as losses.
 */
static __always_inline s32 stack_id_in(void *ctx, u64 flags, void *first, void *second, void *third,
				       u32 number)
{
	s32 id = bpf_get_stackid(ctx, first, flags);

	if (id == -17) {
		id = bpf_get_stackid(ctx, second, flags);
		number++;
	}
	if (id == -17) {
		id = bpf_get_stackid(ctx, third, flags);
		number++;
	}
	if (id == -17 || id == -12)
		count_add(&loss.stacks, 1);
	return id < 0 ? id : id | (s32)number << STACK_MAP_SHIFT;
}

static __always_inline s32 stack_id(void *ctx, u64 flags)
{
	return stack_id_in(ctx, flags, &stacks, &stacks2, &stacks3, 0);
}
