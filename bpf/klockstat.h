/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	u64 lock;        /* only the lock at this address; 0: all */
	bool per_thread; /* count by thread, not by stack */
	bool owner;      /* count each thread apart that had the lock when the wait began */
};

/* Times that threads waited for locks, or held them. */
struct lock_times {
	struct lock_key {
		s32 stack;      /* of who takes the lock; -1 with per_thread */
		u32 tid;        /* with per_thread */
		u32 owner;      /* its thread ID; 0: the lock was free */
		u8 held;        /* false: waited */
		u8 owner_reads; /* the owner is the last of those who read */
		u16 pad;
		char comm[COMM_LEN]; /* with per_thread */
		char owner_comm[COMM_LEN];
	} k;
	struct lock_value {
		u64 count, ns;
		u64 max_ns, max_lock; /* the longest, and the lock's address */
		u32 max_tid, busy;
		char max_comm[COMM_LEN];
	} v;
};
