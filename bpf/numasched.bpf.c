// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "numasched.h"
#include "lib/event.bpf.h"
#include "lib/task_other.bpf.h"

const volatile struct conf conf;

/* Before 5.16 it was in the task itself. */
static __always_inline u32 cpu_of(struct task_struct *t)
{
	struct task_struct___with_cpu *older = (void *)t;
	struct task_struct___thread_info *newer = (void *)t;

	if (bpf_core_field_exists(older->cpu))
		return BPF_CORE_READ(older, cpu);
	return BPF_CORE_READ(newer, thread_info.cpu);
}

/* The kernel moves few threads, far fewer than it runs. */
TRACEPOINT(sched_migrate_task, moved)
{
	struct task_struct *t = (void *)ctx[0];
	u64 from = cpu_of(t), to = (u32)ctx[1];
	struct node_change *e;

	if (from >= CPUS_MOST || to >= CPUS_MOST || conf.nodes[from] == conf.nodes[to] ||
	    !task_wanted_of(t, typed) || !(e = event_new(struct node_change)))
		return 0;
	e->ts = bpf_ktime_get_ns();
	e->pid = task_pid_of(t);
	e->tid = task_tid_of(t);
	e->src_cpu = from;
	e->dst_cpu = to;
	e->src_node = conf.nodes[from];
	e->dst_node = conf.nodes[to];
	task_comm_key_of(t, e->comm, typed);
	event_send(e);
	return 0;
}
