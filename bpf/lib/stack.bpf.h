/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Stacks, stored once each in a map and named by an ID. */
#pragma once
#include "map.bpf.h"

#define STACK_DEPTH 127

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384);
	__uint(key_size, sizeof(u32));
	__uint(value_size, STACK_DEPTH * sizeof(u64));
} stacks SEC(".maps");

/*
 * The ID of the current stack.  FLAGS: 0 or BPF_F_USER_STACK.  Negative if
 * there is none: -EFAULT for a task without a user stack; -EEXIST (the bucket
 * holds another stack) and -ENOMEM are counted as losses.
 */
static __always_inline s32 stack_id(void *ctx, u64 flags)
{
	s32 id = bpf_get_stackid(ctx, &stacks, flags);

	if (id == -17 || id == -12)
		count_add(&loss.stacks, 1);
	return id;
}
