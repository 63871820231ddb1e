/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stacks of an event in the event itself, which is reserved in the ring buffer with STACK_ROOM for each that
 * the user asked for: programs of user probes can't build one in a per-CPU buffer.  stack_in_room() reads them.
 */
#pragma once
#include "kernel.h"

#define STACK_ROOM (EVENT_FRAMES * sizeof(u64))

/*
 * Fill in E's fields `kernel` and `user`, the sizes in bytes, less than 0 if a stack could not be read, and `frames`.
 * Returns how much of FRAMES is taken.
 */
#define stack_rooms_fill(ctx, e, want_kernel, want_user)                                       \
	({                                                                                     \
		u32 __at = 0;                                                                  \
                                                                                               \
		(e)->kernel = (e)->user = 0;                                                   \
		if (want_kernel) {                                                             \
			(e)->kernel = bpf_get_stack(ctx, (void *)(e)->frames, STACK_ROOM, 0);  \
			__at += STACK_ROOM;                                                    \
		}                                                                              \
		if (want_user) {                                                               \
			(e)->user = bpf_get_stack(ctx, (void *)(e)->frames + __at, STACK_ROOM, \
						  BPF_F_USER_STACK);                           \
			__at += STACK_ROOM;                                                    \
		}                                                                              \
		__at;                                                                          \
	})
