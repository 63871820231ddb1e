/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How long cpu.max keeps tasks from running. */
#pragma once
#include "kernel_sched.h"
#include "throttled.h"

static __always_inline void throttled_read(struct throttled *h, u64 queue)
{
	struct cfs_rq *q = (void *)queue;
	struct cfs_rq___6_5 *self = (void *)q;
	struct cfs_rq___5_19 *pelt = (void *)q;
	struct cfs_rq___5_10 *task = (void *)q;
	struct rq *rq = BPF_CORE_READ(q, rq);

	h->queue = queue;
	if (bpf_core_field_exists(self->throttled_clock_self)) {
		h->ns = BPF_CORE_READ(self, throttled_clock_self_time);
		h->since = BPF_CORE_READ(self, throttled_clock_self);
		h->clock = BPF_CORE_READ((struct rq___6_5 *)rq, clock);
	} else if (bpf_core_field_exists(pelt->throttled_clock_pelt)) {
		h->ns = BPF_CORE_READ(pelt, throttled_clock_pelt_time);
		h->since = BPF_CORE_READ(pelt, throttle_count)
				   ? BPF_CORE_READ(pelt, throttled_clock_pelt)
				   : 0;
		h->clock = BPF_CORE_READ((struct rq___5_19 *)rq, clock_pelt) -
			   BPF_CORE_READ((struct rq___5_19 *)rq, lost_idle_time);
	} else if (bpf_core_field_exists(task->throttled_clock_task)) {
		h->ns = BPF_CORE_READ(task, throttled_clock_task_time);
		h->since = BPF_CORE_READ(task, throttle_count)
				   ? BPF_CORE_READ(task, throttled_clock_task)
				   : 0;
		h->clock = BPF_CORE_READ((struct rq___5_10 *)rq, clock_task);
	} else {
		h->queue = h->ns = h->since = h->clock = 0;
	}
}

/* A task begins to wait for a CPU. */
static __always_inline void throttled_begin(struct throttled *h, struct task_struct *t)
{
	struct task_struct___queued *queued = (void *)t;

	h->queue = 0;
	if (bpf_core_field_exists(queued->se.cfs_rq))
		throttled_read(h, (u64)BPF_CORE_READ(queued, se.cfs_rq));
}

/* How much of the NS since then cpu.max was the reason for. */
static __always_inline u64 throttled_ns(const struct throttled *h, u64 ns)
{
	struct throttled now;
	u64 throttled;

	if (!h->queue)
		return 0;
	throttled_read(&now, h->queue);
	throttled = now.ns - h->ns;
	if (h->since && h->clock > h->since)
		throttled -= h->clock - h->since; /* before it began to wait */
	/* The queue's clock may stand still, so all but the time before counts. */
	if (now.since)
		throttled = now.since > h->clock ? ns - (now.since - h->clock) : ns;
	return (s64)throttled < 0 ? 0 : throttled > ns ? ns : throttled;
}
