/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/task_state.h"

struct conf {
	bool user_threads; /* only of these */
	bool complete;     /* no sleep that began before tracing */
	u64 min_ns, max_ns;
};

/* A thread that sleeps. */
struct asleep {
	struct task_state_head head;
	u64 since;
};

/* Of both only the names; of the waker its kernel stack, too. */
struct wakeup {
	struct wakeup_key {
		struct stack_key waker, target;
	} key;
	struct wakeup_value {
		u64 ns, count;
	} v;
};
