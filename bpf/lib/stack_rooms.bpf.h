/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stacks of an event in the event itself, which is reserved in the ring buffer with STACK_ROOM for each that
 * the user asked for: programs of user probes can't build one in a per-CPU buffer.  stack_in_room() reads them.
 */
#pragma once
#include "stack_event.bpf.h"

#define STACK_ROOM (EVENT_FRAMES * sizeof(u64))

/* Not again in each of a tool's many programs. */
static __noinline int room_user_stack(void *ctx, u64 *frames)
{
	return event_frames(ctx, frames);
}

/*
 * Fill in E's fields `kernel` and `user`, the sizes in bytes, less than 0 if a stack could not be read, and `frames`.
 * Returns how much of FRAMES is taken.
 */
#define stack_rooms_fill(ctx, e, want_kernel, want_user)                                      \
	({                                                                                    \
		u32 __at = 0;                                                                 \
                                                                                              \
		(e)->kernel = (e)->user = 0;                                                  \
		if (want_kernel) {                                                            \
			(e)->kernel = bpf_get_stack(ctx, (void *)(e)->frames, STACK_ROOM, 0); \
			__at += STACK_ROOM;                                                   \
		}                                                                             \
		if (want_user) {                                                              \
			(e)->user = room_user_stack(ctx, (void *)(e)->frames + __at);         \
			__at += STACK_ROOM;                                                   \
		}                                                                             \
		__at;                                                                         \
	})
