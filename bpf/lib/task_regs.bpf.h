/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The registers with which the current task entered the kernel. */
#pragma once
#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs___any {
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

static __always_inline void *task_regs(void)
{
	struct task_struct___stack *task = (void *)bpf_get_current_task();

	if (task_regs_typed())
		return (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	return BPF_CORE_READ(task, stack) + THREAD_SIZE - bpf_core_type_size(struct pt_regs___any);
}
