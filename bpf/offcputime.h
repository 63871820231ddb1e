/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/task_state.h"

struct conf {
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
	struct stack_key key;
};

struct offcpu {
	struct stack_key key;
	struct offcpu_value {
		u64 ns, count;
	} v;
};
