/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The queue of tasks of a CPU: those of all cgroups, real-time ones and those of sched_ext. */
#pragma once
#include "kernel_sched.h"

static __always_inline struct rq *rq_here(void)
{
	struct task_struct___queued *t = (void *)bpf_get_current_task();

	return BPF_CORE_READ(t, se.cfs_rq, rq);
}

/* How many tasks on the queue are asleep: from 6.12 on, some stay there until it is their turn. */
static __always_inline u32 rq_asleep(struct rq *rq)
{
	struct rq___6_14 *newer = (void *)rq;
	struct rq___6_12 *older = (void *)rq;

	if (bpf_core_field_exists(newer->cfs.h_nr_runnable))
		return BPF_CORE_READ(newer, cfs.h_nr_queued) -
		       BPF_CORE_READ(newer, cfs.h_nr_runnable);
	if (bpf_core_field_exists(older->cfs.h_nr_delayed))
		return BPF_CORE_READ(older, cfs.h_nr_delayed);
	return 0;
}

/* How many tasks run on that CPU or wait for it. */
static __always_inline u32 rq_length(struct rq *rq)
{
	u32 n = BPF_CORE_READ(rq, nr_running), asleep = rq_asleep(rq);

	return n > asleep ? n - asleep : 0;
}
