/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define NESTED_ARGS 6
#include "lib/nested.h"

struct conf {
	u64 min_ns;
	u32 n_args;
	bool kernel_stack, user_stack;
};

/* Then the stacks that the user asked for: see lib/stack_rooms.bpf.h. */
struct slow_call {
	u64 ts; /* when it returned */
	u64 ns;
	s64 ret;
	u64 args[NESTED_ARGS];
	u32 pid, tid;
	u32 func;   /* on the command line, from all patterns' names */
	s32 kernel; /* bytes of the kernel stack, less than 0: it could not be read */
	s32 user;   /* the same */
	u32 pad;
	char comm[COMM_LEN];
	u64 frames[];
};
