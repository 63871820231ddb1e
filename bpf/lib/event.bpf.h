/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The event stream to user space.  A lost event is counted.
 *
 * Wakeups are batched without any flag: the kernel wakes the reader only if it
 * had read everything before, and after a wakeup the reader sleeps 10 ms before
 * it reads (common/main/loop.c).  So a burst costs one wakeup.
 */
#pragma once
#include "kernel.h"
#include "map.bpf.h"
#include "pid.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20); /* set by the library: CPUs, --buffer */
} events SEC(".maps");

/* A new event of fixed size, not zeroed.  NULL, and counted as a loss, if there is no room. */
#define event_new(type)                                                    \
	({                                                                 \
		type *__e = bpf_ringbuf_reserve(&events, sizeof(*__e), 0); \
		if (!__e)                                                  \
			count_add(&loss.events, 1);                        \
		__e;                                                       \
	})
#define event_send(e) bpf_ringbuf_submit(e, 0)
/* Give back an event that is not wanted after all. */
#define event_drop(e) bpf_ringbuf_discard(e, 0)

/*
 * For events that are only as long as their content: they are built in a scratch
 * buffer, then copied out.  Each program that builds one uses a slot of its own,
 * below SLOTS.  Programs can be preempted, so two tasks on one CPU can be inside
 * two programs at a time, but never inside the same one: the kernel does not nest
 * a program on a CPU, but counts it as missed, which common/output/loss.c reports.
 */
#define EVENT_SCRATCH(vtype, slots) PERCPU_ARRAY(scratch, vtype, slots)

static __always_inline void *scratch_get(void *map, u32 slot)
{
	return bpf_map_lookup_elem(map, &slot);
}

/* Fill in who did it, and when: E's fields ts, pid, tid and comm. */
#define event_begin(e)                                              \
	({                                                          \
		u64 __id;                                           \
		(e)->ts = bpf_ktime_get_ns();                       \
		__id = task_ids();                                  \
		(e)->pid = __id >> 32;                              \
		(e)->tid = __id;                                    \
		bpf_get_current_comm((e)->comm, sizeof((e)->comm)); \
	})

/* Send the first LEN bytes of E.  The verifier must know that LEN is within E. */
static __always_inline void event_output(void *e, u64 len)
{
	if (bpf_ringbuf_output(&events, e, len, 0))
		count_add(&loss.events, 1);
}

/*
 * Send E with LEN bytes of its last member, TAIL.  Is 0, for the program to return.  The empty asm keeps
 * clang from copying the length to another register: the verifier knows only the bounds of the one compared.
 */
#define event_output_to(e, tail, len)                                            \
	({                                                                       \
		u64 __len = (len);                                               \
		asm volatile("" : "+r"(__len));                                  \
		if (__len <= sizeof((e)->tail))                                  \
			event_output((e), offsetof(typeof(*(e)), tail) + __len); \
		0;                                                               \
	})

/*
 * The length, with its NUL, of a string that bpf_probe_read_user_str() or the like wrote to S, returning
 * N.  A string that could not be read becomes empty.
 */
static __always_inline u32 string_len(char *s, long n)
{
	if (n < 1) {
		*s = 0;
		n = 1;
	}
	return n;
}

/* Read a string from kernel memory.  Returns its length with the NUL.  A string that can't be read is empty. */
static __always_inline u32 read_name(char *to, u32 size, const void *from)
{
	return string_len(to, bpf_probe_read_kernel_str(to, size, from));
}
