/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A task that is not the current one: a scheduler event's task that wakes up, or runs next. */
#pragma once
#include "kernel_sched.h"
#include "task.bpf.h"
#include "tracepoint.bpf.h"

/* Like task_comm_key(). */
static __always_inline void task_comm_key_of(struct task_struct *t, char comm[COMM_LEN],
					     const bool typed)
{
	const u64 *words;
	bool ended = false;

	if (!typed) {
		__builtin_memset(comm, 0, COMM_LEN);
		bpf_probe_read_kernel_str(comm, COMM_LEN, t->comm);
		return;
	}
	words = (const void *)t->comm;
	((u64 *)comm)[0] = comm_word(words[0], &ended);
	((u64 *)comm)[1] = comm_word(words[1], &ended);
}

/* Like task_comm_key(), but the name of the current process, which its threads need not have. */
static __always_inline void process_comm_key(char comm[COMM_LEN], const bool typed)
{
	struct task_struct *t;

	if (!typed ||
	    !bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf)) {
		t = BPF_CORE_READ(task_current(), group_leader);
		task_comm_key_of(t, comm, false); /* before 5.11 there is no such helper */
		return;
	}
	t = (void *)bpf_get_current_task_btf();
	task_comm_key_of(ARG_READ(t, group_leader), comm, true);
}

#define CGROUP_LEVELS 64

/* Is the task in the cgroup of --cgroup, or below it? */
static __noinline bool cgroup_wanted(struct task_struct *t)
{
	struct cgroup *g = BPF_CORE_READ((struct task_struct___sched *)t, cgroups, dfl_cgrp);

#pragma clang loop unroll(disable)
	for (u32 i = 0; i < CGROUP_LEVELS && g; i++) {
		if (BPF_CORE_READ(g, kn, id) == task_filter.cgroup_id)
			return true;
		g = BPF_CORE_READ(g, self.parent, cgroup);
	}
	return false;
}

/* Like task_wanted(). */
static __always_inline bool task_wanted_of(struct task_struct *t, const bool typed)
{
	struct task_struct___sched *task = (void *)t;
	const volatile struct task_filter *f = &task_filter;

	if (f->pid || f->pids) {
		u32 pid = typed && !pid_ns.inum ? t->tgid : task_pid_of(t);

		if (f->pid && f->pid != pid)
			return false;
		if (f->pids && !bpf_map_lookup_elem(&filter_ids, &pid))
			return false;
	}
	if (f->tid || f->tids) {
		u32 tid = typed && !pid_ns.inum ? t->pid : task_tid_of(t);

		if (f->tid && f->tid != tid)
			return false;
		if (f->tids && !bpf_map_lookup_elem(&filter_ids, &tid))
			return false;
	}
	if (f->has_uid && f->uid != BPF_CORE_READ(task, cred, uid.val))
		return false;
	if (f->comm_len) {
		char comm[COMM_LEN];

		task_comm_key_of(t, comm, typed);
		if (!comm_wanted(f, comm))
			return false;
	}
	if (f->ppid && f->ppid != task_ppid(t))
		return false;
	if (f->cgroup && !cgroup_wanted(t))
		return false;
	if (f->cgroupmap) {
		u64 id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);

		if (!bpf_map_lookup_elem(&cgroupmap, &id))
			return false;
	}
	if (f->mntnsmap) {
		u64 id = BPF_CORE_READ(t, nsproxy, mnt_ns, ns.inum);

		if (!bpf_map_lookup_elem(&mntnsmap, &id))
			return false;
	}
	return true;
}
