/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tables that count stacks, named only when the table is reported. */
#pragma once
#include "stack.bpf.h"
#include "task.bpf.h"

const volatile struct stack_filter stack_filter;

/*
 * By the time of the report a process may be gone, and with it what was mapped
 * where, and the file if it was a container's.  So user space is told of each
 * program when it is first met, and looks at once (common/usym.h).
 */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 10); /* a page on any machine */
} stack_pids SEC(".maps");

#define STACK_MET 1024 /* a power of two */
u64 stack_met[STACK_MET];

static __always_inline void stack_meet(u32 pid)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u64 *met = &stack_met[pid & (STACK_MET - 1)];
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	/*
	 * An exec changes both: the mm at its begin, though one can be had again two execs later,
	 * and the end of the arguments once the program is mapped.
	 */
	u64 program = (u64)mm ^ pid ^ (u64)BPF_CORE_READ(mm, arg_end) << 16;

	if (*met != program && !bpf_ringbuf_output(&stack_pids, &pid, sizeof(pid), 0))
		*met = program;
}

/* The current task and its stacks; what the user did not ask for stays -1. */
static __always_inline void stack_key_get(void *ctx, struct stack_key *key)
{
	key->pid = task_pid();
	key->tid = 0;
	task_comm_key(key->comm);
	key->stack.kernel = stack_filter.no_kernel ? -1 : stack_id(ctx, 0);
	key->stack.user = stack_filter.no_user ? -1 : stack_id_user(ctx, key->pid);
	if (key->stack.user >= 0)
		stack_meet(key->pid);
}
