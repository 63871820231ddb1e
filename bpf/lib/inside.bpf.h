/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tells whether the current thread is inside one of a few functions, each of which has a bit. */
#pragma once
#include "probe.bpf.h"
#include "task_slot.bpf.h"

struct inside {
	u32 tid;
	u32 busy;
};
TASK_SLOTS_OF(struct inside, inside);

static __always_inline int inside_begin(u32 bit)
{
	task_slot_take(inside)->busy |= bit;
	return 0;
}

/* At the return of F. */
#define INSIDE_END(f, bit)                                  \
	KFUNC_END(f)                                        \
	{                                                   \
		struct inside *in = task_slot_mine(inside); \
                                                            \
		if (in)                                     \
			in->busy &= ~(bit);                 \
		return 0;                                   \
	}

static __always_inline bool inside_any(void)
{
	return task_slot_mine(inside);
}
