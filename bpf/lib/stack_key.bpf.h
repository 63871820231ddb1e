/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tables that count stacks, which get names only when the table is reported. */
#pragma once
#include "stack.bpf.h"
#include "stack_meet.bpf.h"
#include "task.bpf.h"
#include "unwind.bpf.h"

const volatile struct stack_filter stack_filter;

/*
 * Stacks go to two sets of maps in turn: when user space has read the table, and with it the
 * stacks of one set, it empties that set.  So neither set stays full.
 */
struct stack_map stacks4 SEC(".maps"), stacks5 SEC(".maps"), stacks6 SEC(".maps");
struct stack_window stack_window;
/* The same for user stacks that unwind.bpf.h has found. */
HASH(unwound, u32, struct unwound, 1);
HASH(unwound2, u32, struct unwound, 1);

/* The table has a new entry: tell user space before the table is full. */
static __always_inline void stack_fresh(void)
{
	struct stack_met m = {};

	if (++stack_window.fresh < stack_window.limit)
		return;
	stack_window.fresh = 0;
	bpf_ringbuf_output(&stack_pids, &m, sizeof(m), 0);
}

static __always_inline s32 stack_key_id(void *ctx, u64 flags, u32 set)
{
	return set ? stack_id_in(ctx, flags, &stacks4, &stacks5, &stacks6, STACK_MAPS)
		   : stack_id_in(ctx, flags, &stacks, &stacks2, &stacks3, 0);
}

/* The ID of a walk's stack, which is over. */
static __always_inline s32 stack_key_unwound(struct unwind_state *s, u32 set)
{
	s32 id = unwound_id(s, set ? (void *)&unwound2 : (void *)&unwound);

	unwind_end(s);
	return id < 0 ? id : id | (s32)(2 * STACK_MAPS + set) << STACK_MAP_SHIFT;
}

#define NOT_WALKED -1

__noinline int stack_key_task(u32 pid, u32 program, u32 set)
{
	struct unwind_state *s = unwind_begin(NULL, UNWIND_TASK, pid, program, unwind_conf.depth);

	return s ? stack_key_unwound(s, set) : NOT_WALKED;
}

/* The user stack of a task that has user memory, by rules or else by frame pointers. */
static __always_inline s32 stack_key_user(void *ctx, const bool sampled, u32 pid, u32 program,
					  u32 set)
{
	struct unwind_state *s;
	s32 id;

	if (sampled) {
		s = unwind_begin(ctx, UNWIND_SAMPLE, pid, program, unwind_conf.depth);
		if (s)
			return stack_key_unwound(s, set);
	} else if (unwind_conf.on) {
		id = stack_key_task(pid, program, set);
		if (id != NOT_WALKED)
			return id;
	}
	return stack_key_id(ctx, BPF_F_USER_STACK, set);
}

/*
 * The current task's stacks, of the process key->pid; those that the user did not ask for are -1.  SAMPLED: the context
 * is that of a perf event, which has the registers of what it interrupted.
 */
static __always_inline void stack_key_fill(void *ctx, const bool sampled, struct stack_key *key)
{
	u32 set = stack_window.set;

	key->stack.kernel = stack_filter.no_kernel ? -1 : stack_key_id(ctx, 0, set);
	if (stack_filter.no_user || pid_shared(key->pid) || !BPF_CORE_READ(task_current(), mm)) {
		key->stack.user = stack_filter.no_user ? -1 : -14;
		return;
	}
	key->program = stack_meet(key->pid);
	key->stack.user = stack_key_user(ctx, sampled, key->pid, key->program, set);
}

static __always_inline void stack_key_stacks(void *ctx, struct stack_key *key)
{
	stack_key_fill(ctx, false, key);
}

/* The current task and its stacks.  SAMPLED: as above. */
static __always_inline void stack_key_get(void *ctx, const bool sampled, struct stack_key *key)
{
	key->pid = task_pid();
	key->tid = key->program = key->pad = 0;
	task_comm_key(key->comm);
	stack_key_fill(ctx, sampled, key);
}

/* Like table_get(), for a TABLE of stacks. */
#define stack_table_get(table, key, zero)                                            \
	({                                                                           \
		u32 __slot = 0;                                                      \
		void *__hash = bpf_map_lookup_elem(table, &__slot);                  \
		typeof(zero) __v = __hash ? bpf_map_lookup_elem(__hash, key) : NULL; \
		if (__hash && !__v) {                                                \
			__v = map_get(__hash, key, zero);                            \
			stack_fresh();                                               \
		}                                                                    \
		__v;                                                                 \
	})
