/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PIDs as the user knows them: those of the tool's own PID namespace.  The kernel's PIDs, from
 * bpf_get_current_pid_tgid() and task->pid, belong to the initial namespace; use them for keys that no
 * user sees.  If the tool runs in the initial namespace, both are the same, at the same cost.
 */
#pragma once
#include "kernel.h"

const volatile struct pid_ns pid_ns;

#define PID_LEVELS 32 /* nested namespaces: the kernel's limit */

/* A thread's ID in the tool's namespace, or 0 if it is outside. */
static __noinline u32 tid_inside(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	u32 level = BPF_CORE_READ(pid, level);

	/* bpf_get_ns_current_pid_tgid() does not handle namespaces inside the tool's. */
#pragma clang loop unroll(disable)
	for (u32 i = 0; i <= PID_LEVELS && level <= PID_LEVELS; i++, level--) {
		struct upid *in = (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				  level * bpf_core_type_size(struct upid);

		if (BPF_CORE_READ(in, ns, ns.inum) == pid_ns.inum)
			return BPF_CORE_READ(in, nr);
	}
	return 0;
}

/* The thread ID of a task. */
static __always_inline u32 task_tid_of(struct task_struct *task)
{
	return pid_ns.inum ? tid_inside(task) : BPF_CORE_READ(task, pid);
}

/* The process ID of a task. */
static __always_inline u32 task_pid_of(struct task_struct *task)
{
	if (!pid_ns.inum)
		return BPF_CORE_READ(task, tgid);
	return tid_inside(BPF_CORE_READ(task, group_leader));
}

/* The current task's process ID << 32 | thread ID. */
static __always_inline u64 task_ids(void)
{
	u64 ids = bpf_get_current_pid_tgid();
	struct task_struct *task;
	u32 tid;

	if (!pid_ns.inum || !ids)
		return ids;
	task = (void *)bpf_get_current_task();
	tid = tid_inside(task);
	return (u64)((u32)ids == ids >> 32 ? tid : task_pid_of(task)) << 32 | tid;
}

static __always_inline u32 task_pid(void)
{
	return task_ids() >> 32;
}

/* PID is 0 for all processes outside the tool's namespace. */
static __always_inline bool pid_shared(u32 pid)
{
	return pid_ns.inum && !pid;
}
