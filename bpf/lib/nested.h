/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the programs of nested.bpf.h and common/kernel/attach_calls.c tell each other.  For a tool's own header. */
#pragma once
#include "task_state.h"

/* Calls inside one another in a thread: the kernel handles no more of programs' either. */
#define NESTED_MOST 64

/* The probe_id() of programs for trampolines: the function's number, and how many arguments it has. */
#define NESTED_NARGS_SHIFT 24
#define NESTED_FUNC        ((1u << NESTED_NARGS_SHIFT) - 1)
#define NESTED_REGISTERS   0xff /* instead of that number: the context has registers */

#ifndef NESTED_ARGS
#define NESTED_ARGS 0 /* how many arguments are kept of each call */
#endif
struct nested_call {
	u64 began; /* CLOCK_MONOTONIC, ns */
	u64 frame;
	u32 func, pad;
	u64 args[NESTED_ARGS];
};

/* As many as fit in the 4 MB that a kernel before 5.11 allows for all variables. */
#define NESTED_NEAR ((120 - 24) / sizeof(struct nested_call))
struct nested {
	struct task_state_head head;
	u32 depth, pad;
	struct nested_call calls[NESTED_NEAR];
};
