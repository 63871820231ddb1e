/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is read of the current task for each stack: like our own memory where the kernel's types are known. */
#pragma once
#include "task_regs.bpf.h"

/* Programs can follow the kernel's types; common/kernel/probe.c knows. */
const volatile bool current_typed;

static __always_inline bool current_is_typed(void)
{
	return current_typed && task_regs_typed();
}

/* NULL for a kernel thread. */
static __always_inline struct mm_struct *current_mm(void)
{
	struct task_struct *t;

	if (current_is_typed())
		return ((struct task_struct *)bpf_get_current_task_btf())->mm;
	t = (void *)bpf_get_current_task();
	return BPF_CORE_READ(t, mm);
}

/* A field of that. */
#define MM_READ(mm, field) (current_is_typed() ? (mm)->field : BPF_CORE_READ(mm, field))
