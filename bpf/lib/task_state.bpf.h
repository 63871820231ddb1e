/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is known of a thread from one event to a later one, for sums that must be exact: no thread
 * loses its state to another, as in task_slot.bpf.h.  A thread whose slot is taken by another gets an
 * entry in a hash instead, which costs more but is rare.
 *
 * This is cheaper than a hash for all of them, and than task storage, which would have to be
 * allocated while the scheduler holds its locks.
 *
 * A state's struct begins with a struct task_state_head.  Each thread has at most one state of a kind, and
 * its begin and end do not run at the same time.
 */
#pragma once
#include "map.bpf.h"
#include "task_slot.bpf.h"
#include "task_state.h"

#define TASK_STATES(type, name)              \
	struct type name[TASK_STATES_SLOTS]; \
	static struct type name##_zero;      \
	HASH(name##_spilled, u32, struct type, TASK_STATES_SPILLED)

/*
 * Take a free slot.  The kernels before 5.12 have no atomic operation that tells what was there before,
 * so everybody adds first and then looks: of two who add at once, at most one reads 1.
 */
static __always_inline bool task_state_claim(struct task_state_head *h, u32 id)
{
	if (h->claims)
		return false;
	count_add(&h->claims, 1);
	if (*(volatile u32 *)&h->claims == 1) {
		h->tid = id;
		return true;
	}
	count_add(&h->claims, -1);
	return false;
}

/* The state of the thread with this runner_id(), or NULL. */
#define task_state_find(states, id)                                                             \
	({                                                                                      \
		u32 __id = id;                                                                  \
		typeof(&states[0]) __s = &states[__id & (TASK_STATES_SLOTS - 1)];               \
		if (!(__s->head.claims && __s->head.tid == __id))                               \
			__s = __s->head.spilled ? bpf_map_lookup_elem(&states##_spilled, &__id) \
						: NULL;                                         \
		__s;                                                                            \
	})

/* The same, or a new one, which is not cleared.  NULL, and counted as a loss, if there is no room. */
#define task_state_begin(states, id)                                                  \
	({                                                                            \
		u32 __tid = id;                                                       \
		typeof(&states[0]) __slot = &states[__tid & (TASK_STATES_SLOTS - 1)]; \
		typeof(&states[0]) __b = task_state_find(states, __tid);              \
		if (!__b && task_state_claim(&__slot->head, __tid))                   \
			__b = __slot;                                                 \
		if (!__b) {                                                           \
			__slot->head.spilled = 1;                                     \
			__b = map_get(&states##_spilled, &__tid, &states##_zero);     \
			if (__b)                                                      \
				__b->head.tid = __tid;                                \
		}                                                                     \
		__b;                                                                  \
	})

/* That state, which task_state_find() returned, is over. */
#define task_state_end(states, id, state)                               \
	({                                                              \
		u32 __end = id;                                         \
		if (state == &states[__end & (TASK_STATES_SLOTS - 1)])  \
			count_add(&state->head.claims, -1);             \
		else                                                    \
			bpf_map_delete_elem(&states##_spilled, &__end); \
	})
