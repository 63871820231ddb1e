/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Data about a thread while it is inside a function, or in some state.  This is cheaper than a
 * hash, because nothing is inserted or removed.  Threads whose IDs are equal modulo 65,536 share a
 * slot: the last to take it has it, and the other is counted as a loss.  Where a sum must be exact,
 * use task_state.bpf.h.
 */
#pragma once
#include "map.bpf.h"
#include "runner.bpf.h"
#include "task_state.h"

/* An array of struct TYPE, which has u32 tid and busy.  busy is not 0 while the thread is inside. */
#define TASK_SLOTS_OF(type, name) static type name[TASK_SLOTS]

/* The slot of the thread with this runner_id(), taken from another thread if need be. */
#define task_slot_take_of(slots, id)                                      \
	({                                                                \
		u32 __tid = id;                                           \
		typeof(&slots[0]) __s = &slots[__tid & (TASK_SLOTS - 1)]; \
		if (__s->tid != __tid) {                                  \
			if (__s->busy)                                    \
				count_add(&loss.entries, 1);              \
			__s->busy = 0;                                    \
			__s->tid = __tid;                                 \
		}                                                         \
		__s;                                                      \
	})

/* The slot of that thread, or NULL if it hasn't taken it. */
#define task_slot_of(slots, id)                                           \
	({                                                                \
		u32 __tid = id;                                           \
		typeof(&slots[0]) __s = &slots[__tid & (TASK_SLOTS - 1)]; \
		__s->tid == __tid && __s->busy ? __s : NULL;              \
	})

/* The same for the current thread. */
#define task_slot_take(slots) task_slot_take_of(slots, runner_id())
#define task_slot_mine(slots) task_slot_of(slots, runner_id())
