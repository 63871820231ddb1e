/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tables that count stacks, which get names only when the table is reported. */
#pragma once
#include "stack.bpf.h"
#include "task.bpf.h"

const volatile struct stack_filter stack_filter;

/*
 * Stacks go to two sets of maps in turn: when user space has read the table, and with it the
 * stacks of one set, it empties that set.  So neither set stays full.
 */
struct stack_map stacks4 SEC(".maps"), stacks5 SEC(".maps"), stacks6 SEC(".maps");
struct stack_window stack_window;

/*
 * By the time of the report a process may be gone, and with it its mappings and
 * the files of its container.  So user space is told of each program when it is
 * first seen, and looks at once (common/symbols/usym.h).
 */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 10); /* a page on any machine */
} stack_pids SEC(".maps");

#define STACK_MET 1024 /* a power of two */
u64 stack_met[STACK_MET];

/* Identifies the program that the process runs; never 0. */
static __always_inline u32 stack_meet(u32 pid)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u64 *met = &stack_met[pid & (STACK_MET - 1)];
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	/*
	 * An exec changes both: the mm when it begins (although two execs later the same address can be
	 * reused), and the end of the arguments once the program is mapped.
	 */
	u64 program = (u64)mm ^ pid ^ (u64)BPF_CORE_READ(mm, arg_end) << 16;
	u32 token = (program ^ program >> 32) | 1;

	if (*met != program) {
		struct stack_met m = {
			.time = bpf_ktime_get_ns(),
			.pid = pid,
			.program = token,
			.uid = bpf_get_current_uid_gid(),
		};

		if (!bpf_ringbuf_output(&stack_pids, &m, sizeof(m), 0))
			*met = program;
	}
	return token;
}

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

/* The current task's stacks, of the process key->pid; those that the user did not ask for are -1. */
static __always_inline void stack_key_stacks(void *ctx, struct stack_key *key)
{
	u32 set = stack_window.set;

	key->stack.kernel = stack_filter.no_kernel ? -1 : stack_key_id(ctx, 0, set);
	key->stack.user = stack_filter.no_user   ? -1
			  : pid_shared(key->pid) ? -14
						 : stack_key_id(ctx, BPF_F_USER_STACK, set);
	if (key->stack.user >= 0)
		key->program = stack_meet(key->pid);
}

/* The current task and its stacks. */
static __always_inline void stack_key_get(void *ctx, struct stack_key *key)
{
	key->pid = task_pid();
	key->tid = key->program = key->pad = 0;
	task_comm_key(key->comm);
	stack_key_stacks(ctx, key);
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
