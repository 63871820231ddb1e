// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Each CPU tells where its queue is.  One of them then looks at the queues of all, at the same time: a task that moves from
 * one CPU to another is not seen twice.
 */
#include "cpuunclaimed.h"
#include "lib/event.bpf.h"
#include "lib/rq.bpf.h"

const volatile struct conf conf;

static struct {
	struct rq *rq;
	u64 seen;
} cpus[CPUS_MOST];
static u32 leader; /* the CPU that looks */

#define GONE_NS 1000000000 /* a CPU that was not sampled for so long is offline */

static __always_inline bool is_there(u32 cpu, u64 now)
{
	return cpus[cpu].rq && now < cpus[cpu].seen + GONE_NS;
}

static __always_inline u32 length_of(u32 cpu, u64 now)
{
	u32 n = is_there(cpu, now) ? rq_length(cpus[cpu].rq) : CPU_ABSENT;

	return n < CPU_ABSENT ? n : CPU_ABSENT;
}

SEC("perf_event") int sample(void *ctx)
{
	u64 now = bpf_ktime_get_ns();
	u64 cpu = bpf_get_smp_processor_id(), looks = leader;
	struct queues *q;

	asm volatile("" : "+r"(looks), "+r"(cpu)); /* so that what is compared is what is used */

	if (cpu >= CPUS_MOST || looks >= CPUS_MOST)
		return 0;
	cpus[cpu].rq = rq_here();
	cpus[cpu].seen = now;
	if (looks != cpu && is_there(looks, now))
		return 0;
	leader = cpu;
	q = bpf_ringbuf_reserve(&events, sizeof(*q) + conf.cpus * sizeof(q->lengths[0]), 0);
	if (!q) {
		count_add(&loss.events, 1);
		return 0;
	}
	q->ts = now;
	q->cpus = conf.cpus;
	q->pad = 0;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < conf.cpus && i < CPUS_MOST; i++)
		q->lengths[i] = length_of(i, now);
	event_send(q);
	return 0;
}
