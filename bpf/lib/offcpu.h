/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Threads that are off the CPU: see offcpu.bpf.h.  Before it includes this, a tool's header defines struct off_key, which
 * consists of struct stack_keys: first `target`, the thread itself, with its stacks.
 */
#pragma once
#include "task_state.h"

struct off_conf {
	bool user_threads, kernel_threads; /* only these */
	bool idle;                         /* also idle tasks */
	bool has_state;
	u32 state; /* only threads that leave the CPU in one of these states; 0: that could go on */
	u64 min_ns, max_ns;
};

/* A thread that is off the CPU. */
struct off {
	struct task_state_head head;
	u64 since;
	u32 state, pad; /* in which it left the CPU */
	struct off_key key;
};

struct offcpu {
	struct off_key key;
	struct offcpu_value {
		u64 ns, count;
	} v;
};
