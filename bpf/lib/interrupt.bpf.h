/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Does this code run in an interrupt, which has nothing to do with the current task? */
#pragma once
#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pcpu_hot { /* x86, 6.2 to 6.14 */
	int preempt_count;
};
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
#define IN_HARDIRQ     0xff0000

const volatile struct interrupt_conf interrupt_conf;

/* False also where nothing tells. */
static __always_inline bool in_interrupt(void)
{
	struct task_struct___preempt *task = (void *)bpf_get_current_task();
	struct pcpu_hot *hot = NULL;
	u64 base = 0;
	u32 count = 0;

	if (bpf_core_field_exists(task->thread_info.preempt.count)) {
		count = BPF_CORE_READ(task, thread_info.preempt.count);
	} else if (interrupt_conf.count) {
		bpf_probe_read_kernel(
			&base, sizeof(base),
			(void *)(interrupt_conf.cpus + bpf_get_smp_processor_id() * sizeof(base)));
		base += interrupt_conf.count;
		if (bpf_core_field_exists(hot->preempt_count))
			base += bpf_core_field_offset(hot->preempt_count);
		bpf_probe_read_kernel(&count, sizeof(count), (void *)base);
	}
	return count & (IN_HARDIRQ | SERVES_SOFTIRQ);
}
