/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The user stack of an event.  It is sent, not kept in a table, so no table fills up. */
#pragma once
#include "event.bpf.h"
#include "stack_meet.bpf.h"
#include "unwind.bpf.h"

/* A tool's programs that can be nested must use different slots, as with EVENT_SCRATCH. */
#define EVENT_STACKS(slots) PERCPU_ARRAY(stack_events, struct stack_event, slots)

/* Put the current task's user stack at FRAMES, by rules or else by frame pointers: its size in bytes, or an error. */
static __always_inline s32 event_frames(void *ctx, u64 frames[EVENT_FRAMES])
{
	u32 pid = task_pid();
	struct unwind_state *s;
	u64 size;

	if (pid_shared(pid))
		return 0;
	s = unwind_task(pid, unwind_conf.on ? stack_meet(pid) : 0, EVENT_FRAMES);
	if (!s)
		return bpf_get_stack(ctx, frames, EVENT_FRAMES * sizeof(*frames), BPF_F_USER_STACK);
	size = s->stack.n * sizeof(*frames);
	asm volatile("" : "+r"(size)); /* checked and used in one register */
	if (size <= EVENT_FRAMES * sizeof(*frames))
		bpf_probe_read_kernel(frames, size, s->stack.addrs);
	unwind_end(s);
	return size;
}

/* Get the current task's user stack into a slot: its size in bytes, not more than 0 if it has none. */
#define event_stack_get(ctx, slot)                                          \
	({                                                                  \
		struct stack_event *__g = scratch_get(&stack_events, slot); \
		__g ? event_frames(ctx, __g->frames) : 0;                   \
	})

/* Send N bytes of it, for the event with that time. */
#define event_stack_send(slot, time, n)                                                          \
	({                                                                                       \
		struct stack_event *__s = scratch_get(&stack_events, slot);                      \
		long __n = (n);                                                                  \
		if (__s && __n > 0) {                                                            \
			u64 __len = __n;                                                         \
			__s->ts = (time);                                                        \
			__s->tid = task_ids();                                                   \
			__s->bytes = __len;                                                      \
			asm volatile("" : "+r"(__len));                                          \
			if (__len <= sizeof(__s->frames))                                        \
				event_output(__s, offsetof(struct stack_event, frames) + __len); \
		}                                                                                \
	})

/* Send the current task's user stack, if it has one, for the event with that time. */
#define event_stack(ctx, slot, time) event_stack_send(slot, time, event_stack_get(ctx, slot))
