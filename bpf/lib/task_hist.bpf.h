/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "map.bpf.h"
#include "sched.bpf.h"
#include "task_hist.h"

const volatile struct task_hist_conf task_hist_conf;

TABLE(task_hists, struct task_hist_key, struct task_hist_value, 10240);
/* All tasks', with BY_NOTHING: an array costs less than a hash. */
ARRAY_TABLE(all_tasks, struct hist, 1);
static struct task_hist_value no_times;

/* The number of the task's PID namespace. */
static __noinline u32 task_pidns(struct task_struct *t)
{
	struct pid *pid = BPF_CORE_READ(t, thread_pid);
	u32 level = BPF_CORE_READ(pid, level);
	struct upid *in = (void *)pid + bpf_core_field_offset(struct pid, numbers) +
			  level * bpf_core_type_size(struct upid);

	return BPF_CORE_READ(in, ns, ns.inum);
}

/* Which histogram a task's times belong to. */
static __always_inline u64 task_hist_id(struct task_struct *t, const bool typed)
{
	const volatile struct task_hist_conf *c = &task_hist_conf;
	struct task_hist_key key;

	if (c->by == BY_PIDNS)
		return task_pidns(t);
	if (!ARG_READ(t, pid))
		return runner_id_of(t, typed);
	key.id = c->by == BY_PID ? ARG_READ(t, tgid) : ARG_READ(t, pid);
	/* A thread that has just ended is in no namespace any more, but has its histogram already. */
	if (pid_ns.inum && !table_find(&task_hists, &key) && !tid_inside(t))
		return TASK_HIST_OUTSIDE;
	return key.id;
}

/* Add a time of a task that runs on this CPU, or is about to. */
static __always_inline void task_hist_add(struct task_struct *t, u64 ns, const bool typed)
{
	const volatile struct task_hist_conf *c = &task_hist_conf;
	struct task_hist_key key;
	struct task_hist_value *v;
	struct hist *all;
	bool named;

	if (c->by == BY_NOTHING) {
		all = table_at(&all_tasks, 0);
		if (all)
			hist_add_exact(all, ns / c->unit, ns);
		return;
	}
	key.id = task_hist_id(t, typed);
	v = table_get(&task_hists, &key, &no_times);
	if (!v)
		return;
	hist_add_exact(&v->hist, ns / c->unit, ns);
	if (c->by == BY_PIDNS || key.id == TASK_HIST_OUTSIDE)
		return;
	named = v->comm[0];
	if (!named) {
		v->pid = task_pid_of(t);
		v->tid = task_tid_of(t);
	}
	/*
	 * Each time, because it can execute another program.  When a thread has ended, its process may
	 * be gone.
	 */
	if (named && task_state(t, typed) & TASK_DEAD)
		return;
	if (c->by == BY_PID)
		task_comm_key_of(ARG_READ(t, group_leader), v->comm, typed);
	else
		task_comm_key_of(t, v->comm, typed);
}
