/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool kernel_stack, user_stack;
	u32 self; /* a process that is not traced, or 0 */
};

/* Then the stacks that the user asked for, as lib/stack_rooms.bpf.h says, and the values. */
struct trace_event {
	u64 ts;
	u32 pid, tid;
	u32 cpu;
	u32 probe;  /* which of those on the command line */
	s32 kernel; /* bytes of the kernel stack in use, less than 0: it could not be read */
	s32 user;   /* the same */
	u32 values; /* where they begin */
	u32 pad;
	char comm[COMM_LEN];
	u64 frames[];
};
