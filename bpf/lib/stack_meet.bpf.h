/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tells user space of the programs whose stacks are taken. */
#pragma once
#include "kernel.h"

/*
 * By the time of the report a process may be gone, and with it its mappings and
 * the files of its container.  So user space is told of each program when it is
 * first seen, and looks at once (common/symbols/usym.h).
 */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 << 10); /* a page on any machine */
} stack_pids SEC(".maps");

#define STACK_MET 1024 /* a power of two */
u64 stack_met[STACK_MET];

/* Identifies the program that the process runs; never 0. */
static __always_inline u32 stack_meet(u32 pid)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	u64 *met = &stack_met[pid & (STACK_MET - 1)];
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	/*
	 * An exec changes both: the mm when it begins (although two execs later the same address can be
	 * reused), and the end of the arguments once the program is mapped.
	 */
	u64 program = (u64)mm ^ pid ^ (u64)BPF_CORE_READ(mm, arg_end) << 16;
	u32 token = (program ^ program >> 32) | 1;

	if (*met != program) {
		struct stack_met m = {
			.time = bpf_ktime_get_ns(),
			.pid = pid,
			.program = token,
			.uid = bpf_get_current_uid_gid(),
		};

		if (!bpf_ringbuf_output(&stack_pids, &m, sizeof(m), 0))
			*met = program;
	}
	return token;
}
