/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Does this code run in an interrupt, which has nothing to do with the current task? */
#pragma once
#include "kernel_sched.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct preempt_arm64 {
	u32 count;
};
struct thread_info___preempt {
	struct preempt_arm64 preempt;
};
struct task_struct___preempt {
	struct thread_info___preempt thread_info;
};

#pragma clang attribute pop

/* Bits of the preemption count. */
#define SERVES_SOFTIRQ 0x000100
#define IN_HARDIRQ     0x7fff0000 /* and non-maskable ones; since 7 their bits are further up */

const volatile struct interrupt_conf interrupt_conf;

/* In a task, not while the CPU is idle.  False also where nothing tells. */
static __always_inline bool in_interrupt(void)
{
	struct task_struct___preempt *task = (void *)bpf_get_current_task();
	struct task_struct___queued *queued = (void *)task;
	u32 count = 0;

	if (bpf_core_field_exists(task->thread_info.preempt.count))
		count = BPF_CORE_READ(task, thread_info.preempt.count);
	else if (interrupt_conf.count && bpf_core_field_exists(queued->se.cfs_rq))
		bpf_probe_read_kernel(&count, sizeof(count),
				      (void *)BPF_CORE_READ(queued, se.cfs_rq, rq) +
					      interrupt_conf.count);
	return count & (IN_HARDIRQ | SERVES_SOFTIRQ);
}
