// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "runqlen.h"
#include "lib/kernel_sched.h"
#include "lib/map.bpf.h"

/* Samples can come in an interrupt, so the table must not allocate. */
TABLE(lengths, struct length_key, u64, 4096);

/* How many tasks on this CPU's queue are asleep: from 6.12 on, some stay there until it is their turn. */
static __always_inline u32 asleep(struct rq *rq)
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

SEC("perf_event") int sample(void *ctx)
{
	struct task_struct___queued *t = (void *)bpf_get_current_task();
	struct rq *rq = BPF_CORE_READ(t, se.cfs_rq, rq);
	u32 n = BPF_CORE_READ(rq, nr_running), others = asleep(rq);
	struct length_key key = { .cpu = bpf_get_smp_processor_id() };
	u64 zero = 0, *count;

	if ((u32)bpf_get_current_pid_tgid()) /* it runs; the idle task is not on the queue */
		others++;
	n = n > others ? n - others : 0;
	key.length = n < LENGTH_MOST ? n : LENGTH_MOST;
	count = table_get(&lengths, &key, &zero);
	if (count)
		count_add(count, 1);
	return 0;
}
