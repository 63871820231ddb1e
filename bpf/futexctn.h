/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	u64 lock;     /* only the futex at this address; 0: all */
	u64 unit;     /* nanoseconds */
	bool summary; /* no stacks */
};

/* The waits of a thread for a futex, from one place in the program. */
struct futex_waits {
	struct futex_key {
		struct stack_key who; /* only its user stack */
		u64 lock;
	} k;
	struct futex_value {
		struct hist hist; /* its sum is in nanoseconds */
		u64 count, max_ns, min_ns;
		u32 busy, pad;
	} v;
};
