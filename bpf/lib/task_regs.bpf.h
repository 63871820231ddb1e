/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The registers with which a task entered the kernel. */
#pragma once
#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs___any {
};
struct pt_regs___arm64_number {
	s32 syscallno;
};
struct task_struct___stack {
	void *stack;
};

#pragma clang attribute pop

#define THREAD_SIZE 16384

/* Can programs read what task_regs() returns like their own memory?  From 5.15 on. */
static __always_inline bool task_regs_typed(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs);
}

static __always_inline void *task_regs_on_stack(void *t)
{
	struct task_struct___stack *task = t;

	return BPF_CORE_READ(task, stack) + THREAD_SIZE - bpf_core_type_size(struct pt_regs___any);
}

static __always_inline void *task_regs(void)
{
	if (task_regs_typed())
		return (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return task_regs_on_stack((void *)bpf_get_current_task());
}

/* Of a task of whose type the verifier knows. */
static __always_inline void *task_regs_of(struct task_struct *task)
{
	return task_regs_typed() ? (void *)bpf_task_pt_regs(task) : task_regs_on_stack(task);
}

/* The number of the system call; -1 if the task entered the kernel for another reason. */
static __always_inline u64 regs_syscall(void *regs)
{
	struct pt_regs___x86 *x86 = regs;
	struct pt_regs___arm64_number *arm64 = regs;

	return bpf_core_field_exists(x86->orig_ax) ? BPF_CORE_READ(x86, orig_ax)
						   : (u64)BPF_CORE_READ(arm64, syscallno);
}

/* The call's first argument. */
static __always_inline u64 regs_first(void *regs)
{
	struct pt_regs___x86 *x86 = regs;
	struct pt_regs___arm64 *arm64 = regs;

	return bpf_core_field_exists(x86->di) ? BPF_CORE_READ(x86, di)
					      : BPF_CORE_READ(arm64, regs[0]);
}
