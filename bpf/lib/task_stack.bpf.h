/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs at user probes keep to the stack of the task.
 *
 * From 6.13 on, programs that need 64 bytes of stack and more have it in memory of their own, one for each CPU.  At a user
 * probe, a program can be preempted, and another task run it on the same CPU: then each overwrites the stack of the other.
 * A program with a tail call stays on the task's stack, even if the call is never reached.
 */
#pragma once
#include "kernel.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} no_programs SEC(".maps");

const volatile bool always_false;

static __always_inline void on_task_stack(void *ctx)
{
	if (always_false)
		bpf_tail_call(ctx, &no_programs, 0);
}
