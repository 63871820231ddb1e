/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is known of a thread while it is inside a function: cheaper than a hash, as nothing
 * is inserted or removed.  Threads whose IDs are the same modulo 65,536 share a slot: the
 * one that takes it last has it, and the other is counted as a loss.
 */
#pragma once
#include "map.bpf.h"
#include "runner.bpf.h"

#define TASK_SLOTS 65536

/* An array of struct TYPE, which has u32 tid, and busy: not 0 while the thread is inside. */
#define TASK_SLOTS_OF(type, name) static type name[TASK_SLOTS]

/* The current thread's slot, taken from another if need be. */
#define task_slot_take(slots)                                             \
	({                                                                \
		u32 __tid = runner_id();                                  \
		typeof(&slots[0]) __s = &slots[__tid & (TASK_SLOTS - 1)]; \
		if (__s->tid != __tid) {                                  \
			if (__s->busy)                                    \
				count_add(&loss.entries, 1);              \
			__s->busy = 0;                                    \
			__s->tid = __tid;                                 \
		}                                                         \
		__s;                                                      \
	})

/* The same if the thread has taken it; NULL else. */
#define task_slot_mine(slots)                                             \
	({                                                                \
		u32 __tid = runner_id();                                  \
		typeof(&slots[0]) __s = &slots[__tid & (TASK_SLOTS - 1)]; \
		__s->tid == __tid && __s->busy ? __s : NULL;              \
	})
