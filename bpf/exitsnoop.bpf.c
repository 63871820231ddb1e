// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "exitsnoop.h"
#include "lib/event.bpf.h"
#include "lib/task.bpf.h"
#include "lib/tracepoint.bpf.h"

const volatile struct conf conf;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct atomic {
	int counter;
};
struct signal_struct {
	struct atomic live;
	u32 flags;
	int group_exit_code;
};
struct task_struct___exit {
	struct signal_struct *signal;
	struct task_struct___exit *group_leader;
	int tgid, exit_code;
	u64 start_time;
	char comm[COMM_LEN];
};

#pragma clang attribute pop

#define SIGNAL_GROUP_EXIT 4

/* Processes whose end was told.  A PID can be used again, but not with the same start. */
struct process {
	u64 start;
	u32 tgid, pad;
};
LRU_HASH(ended, struct process, u8, 4096);

/*
 * Does the process end with this thread?  Not always with the first one: that can end before the others, and
 * it does when another thread executes a program.  Until 6.17, we only see that no thread is left, which
 * two that end at the same time both can see: the first one that comes here is the one.
 */
static __always_inline bool ends_process(struct task_struct___exit *task, u64 group_dead)
{
	struct process p = {};
	u8 one = 1;

	if (conf.told)
		return group_dead;
	if (BPF_CORE_READ(task, signal, live.counter))
		return false;
	p.tgid = BPF_CORE_READ(task, tgid);
	p.start = BPF_CORE_READ(task, group_leader, start_time);
	return !bpf_map_update_elem(&ended, &p, &one, BPF_NOEXIST);
}

TRACEPOINT_IN_TASKS(sched_process_exit, exited)
{
	struct task_struct___exit *task = (void *)ctx[0], *of = task;
	bool last = ends_process(task, conf.told ? (u8)ctx[1] : 0);
	struct exit_event *e;
	u32 code;

	if (!last && !conf.threads)
		return 0;
	if (!conf.threads)
		of = BPF_CORE_READ(task, group_leader);
	if (!conf.threads && BPF_CORE_READ(task, signal, flags) & SIGNAL_GROUP_EXIT)
		code = BPF_CORE_READ(task, signal, group_exit_code);
	else
		code = BPF_CORE_READ(of, exit_code);
	if ((conf.failed && !code) || !task_wanted() || !(e = event_new(struct exit_event)))
		return 0;
	e->ts = bpf_ktime_get_ns();
	e->age = e->ts - BPF_CORE_READ(of, start_time);
	e->pid = task_pid();
	e->tid = conf.threads ? (u32)task_ids() : e->pid;
	e->ppid = task_ppid((void *)task);
	e->uid = bpf_get_current_uid_gid();
	e->code = code;
	e->last = last;
	BPF_CORE_READ_INTO(&e->comm, of, comm);
	event_send(e);
	return 0;
}
