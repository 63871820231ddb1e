/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Stacks, stored once each in a map and named by an ID. */
#pragma once
#include "map.bpf.h"
#include "pid.bpf.h"

struct stack_map {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16384); /* --stack-storage-size */
	__uint(key_size, sizeof(u32));
	__uint(value_size, 127 * sizeof(u64)); /* --perf-max-stack-depth */
};

/*
 * A stack's hash gives it one place in the map, and a second stack with the same
 * place is refused: with 4,000 stacks in 16,384 places that happens to 500.  They
 * go to other maps, each of a quarter of the size: then it happens to 5.
 */
struct stack_map stacks SEC(".maps"), stacks2 SEC(".maps"), stacks3 SEC(".maps");

/*
 * The ID of the current stack.  FLAGS: 0 or BPF_F_USER_STACK.  Negative if
 * there is none: -EFAULT for a task without such a stack; -EEXIST (its places
 * hold other stacks) and -ENOMEM are counted as losses.
 */
static __always_inline s32 stack_id(void *ctx, u64 flags)
{
	s32 id = bpf_get_stackid(ctx, &stacks, flags);

	if (id == -17) {
		id = bpf_get_stackid(ctx, &stacks2, flags);
		if (id >= 0)
			id |= 1 << STACK_MAP_SHIFT;
	}
	if (id == -17) {
		id = bpf_get_stackid(ctx, &stacks3, flags);
		if (id >= 0)
			id |= 2 << STACK_MAP_SHIFT;
	}
	if (id == -17 || id == -12)
		count_add(&loss.stacks, 1);
	return id;
}

/* The same of the user's stack of the current process, PID: without one where nobody can name it. */
static __always_inline s32 stack_id_user(void *ctx, u32 pid)
{
	return pid_shared(pid) ? -14 : stack_id(ctx, BPF_F_USER_STACK);
}
