/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The user stack of an event.  It is sent, not kept in a table, so no table fills up. */
#pragma once
#include "event.bpf.h"

/* A tool's programs that can be nested must use different slots, as with EVENT_SCRATCH. */
#define EVENT_STACKS(slots) PERCPU_ARRAY(stack_events, struct stack_event, slots)

/* Send the current task's user stack, if it has one, for the event with that time. */
#define event_stack(ctx, slot, time)                                                             \
	({                                                                                       \
		struct stack_event *__s = scratch_get(&stack_events, slot);                      \
		u64 __ids = task_ids();                                                          \
		long __n = __s && !pid_shared(__ids >> 32)                                       \
				   ? bpf_get_stack(ctx, __s->frames, sizeof(__s->frames),        \
						   BPF_F_USER_STACK)                             \
				   : 0;                                                          \
		if (__s && __n > 0) {                                                            \
			u64 __len = __n;                                                         \
			__s->ts = (time);                                                        \
			__s->tid = __ids;                                                        \
			__s->bytes = __len;                                                      \
			asm volatile("" : "+r"(__len));                                          \
			if (__len <= sizeof(__s->frames))                                        \
				event_output(__s, offsetof(struct stack_event, frames) + __len); \
		}                                                                                \
	})
