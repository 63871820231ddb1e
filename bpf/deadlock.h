/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define LOCKS_HELD   16           /* by a thread at a time */
#define ORDER_FRAMES EVENT_FRAMES /* of each stack */

/* Where something was done in the program, innermost frame first; n is 0 if that is not known. */
struct order_stack {
	u32 n, pad;
	u64 addrs[ORDER_FRAMES];
};

/* A thread took a lock while it held another, for the first time in its process. */
struct lock_order {
	u64 ts;
	u32 pid, tid;
	u64 held, taken; /* their addresses */
	u32 program;     /* that the process runs, as in struct stack_key */
	u32 maker;       /* the thread that made this one; 0: not known */
	char comm[COMM_LEN], maker_comm[COMM_LEN];
	struct order_stack held_at, taken_at, made_at;
};
