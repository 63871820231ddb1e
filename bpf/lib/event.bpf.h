/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The event stream to user space.  A lost event is counted.
 *
 * Wakeups are batched without any flag: the kernel wakes the reader only when
 * it had read everything before, and the reader sleeps 10 ms after a wakeup
 * before it reads (common/main/loop.c), so a burst costs one wakeup.
 */
#pragma once
#include "kernel.h"
#include "map.bpf.h"
#include "pid.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20); /* set by the library: CPUs, --buffer */
} events SEC(".maps");

/* A new event of fixed size, not zeroed; NULL and counted if there is no room. */
#define event_new(type)                                                    \
	({                                                                 \
		type *__e = bpf_ringbuf_reserve(&events, sizeof(*__e), 0); \
		if (!__e)                                                  \
			count_add(&loss.events, 1);                        \
		__e;                                                       \
	})
#define event_send(e) bpf_ringbuf_submit(e, 0)

/*
 * Events that are only as long as their content: built in a scratch buffer,
 * then copied out.  Each program that builds one names a slot of its own below
 * SLOTS.  Two tasks on one CPU can be inside two programs at a time (programs
 * can be preempted), but never inside one: the kernel refuses to nest a program
 * on a CPU and counts it as missed, which common/output/loss.c reports.
 */
#define EVENT_SCRATCH(vtype, slots) PERCPU_ARRAY(scratch, vtype, slots)

static __always_inline void *scratch_get(void *map, u32 slot)
{
	return bpf_map_lookup_elem(map, &slot);
}

/* Who did it, and when: the fields of that name in E. */
#define event_begin(e)                                              \
	({                                                          \
		u64 __id;                                           \
		(e)->ts = bpf_ktime_get_ns();                       \
		__id = task_ids();                                  \
		(e)->pid = __id >> 32;                              \
		(e)->tid = __id;                                    \
		bpf_get_current_comm((e)->comm, sizeof((e)->comm)); \
	})

/* Send the first LEN bytes of E; LEN must be known to be within it. */
static __always_inline void event_output(void *e, u64 len)
{
	if (bpf_ringbuf_output(&events, e, len, 0))
		count_add(&loss.events, 1);
}

/*
 * Send E with LEN bytes of its last member, TAIL; 0 for a program to return.  The length is in
 * a register that clang can't copy: the one that is compared is the one that is used.
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
 * The length, with its NUL, of a string that bpf_probe_read_user_str() or its kin put at S, and
 * returned N for: what could not be read is empty.
 */
static __always_inline u32 string_len(char *s, long n)
{
	if (n < 1) {
		*s = 0;
		n = 1;
	}
	return n;
}

/* Read a string of the kernel's; its length with its NUL.  What can't be read is empty. */
static __always_inline u32 read_name(char *to, u32 size, const void *from)
{
	return string_len(to, bpf_probe_read_kernel_str(to, size, from));
}
