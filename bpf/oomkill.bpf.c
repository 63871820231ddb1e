// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Each process that the OOM killer kills is marked as a victim: with memory.oom.group, that is all processes
 * of a cgroup.  The thread that does it is the one that wanted memory, and it is inside out_of_memory().
 */
#include "oomkill.h"
#include "lib/cgroup.bpf.h"
#include "lib/event.bpf.h"
#include "lib/kernel_oom.h"
#include "lib/probe.bpf.h"
#include "lib/task_other.bpf.h"

#define ORDER_SYSRQ -1

EVENT_SCRATCH(struct oom_event, 1);

/* The last thread that ran out of memory.  The kernel has a lock, so that it is one at a time. */
static struct oom {
	struct oom_control *oc;
	u32 tid;
} oom;

/* The victim's own cgroup: that of cgroup v2, unless the memory controller is in cgroup v1. */
static __always_inline struct cgroup *cgroup_of(struct task_struct *t)
{
	struct css_set *set = BPF_CORE_READ((struct task_struct___sched *)t, cgroups);
	u32 id = bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	struct cgroup *unified = BPF_CORE_READ(set, dfl_cgrp), *g;
	struct cgroup_subsys_state *css = NULL;

	bpf_probe_read_kernel(&css, sizeof(css),
			      (void *)set + bpf_core_field_offset(set->subsys) + id * sizeof(css));
	g = BPF_CORE_READ(css, cgroup);
	return g && BPF_CORE_READ(g, root) != BPF_CORE_READ(unified, root) ? g : unified;
}

/* Pages of one kind.  Like the kernel's own count, it leaves out what its CPUs have not added yet. */
static __always_inline u64 resident(struct task_struct *t, u32 kind)
{
	struct mm_struct *mm = BPF_CORE_READ(t, mm);
	struct mm_struct___6_2 *since = (void *)mm;
	struct mm_struct___6_1 *before = (void *)mm;
	u32 off;
	s64 n = 0;

	if (bpf_core_field_exists(before->rss_stat.count))
		off = bpf_core_field_offset(before->rss_stat.count) + kind * sizeof(n);
	else
		off = bpf_core_field_offset(since->rss_stat) +
		      kind * bpf_core_type_size(struct percpu_counter) +
		      bpf_core_field_offset(struct percpu_counter, count);
	bpf_probe_read_kernel(&n, sizeof(n), (void *)mm + off);
	return n > 0 ? n : 0;
}

static __always_inline void put_victim(struct oom_event *e, struct task_struct *t)
{
	e->pid = task_pid_of(t);
	BPF_CORE_READ_INTO(&e->comm, t, comm);
	e->uid = BPF_CORE_READ((struct task_struct___sched *)t, cred, uid.val);
	e->score_adj = BPF_CORE_READ((struct task_struct___oom *)t, signal, oom_score_adj);
	e->anon = resident(t, MM_ANONPAGES);
	e->file = resident(t, MM_FILEPAGES);
	e->shmem = resident(t, MM_SHMEMPAGES);
	cgroup_names(cgroup_of(t), e->names, &e->names_len, OOM_NAMES_LEN);
	e->victim_len = e->names_len;
}

static __always_inline void put_cause(struct oom_event *e, struct oom_control *oc)
{
	struct mem_cgroup *memcg = BPF_CORE_READ(oc, memcg);

	e->pages = BPF_CORE_READ(oc, totalpages);
	e->order = BPF_CORE_READ(oc, order);
	e->of = e->order == ORDER_SYSRQ ? OOM_SYSRQ : BPF_CORE_READ(oc, constraint);
	if (!memcg)
		return;
	e->limit = BPF_CORE_READ(memcg, memory.max);
	e->usage = BPF_CORE_READ(memcg, memory.usage.counter);
	cgroup_names(BPF_CORE_READ(memcg, css.cgroup), e->names, &e->names_len, OOM_NAMES_LEN);
}

static __always_inline int killed(struct task_struct *t, struct oom_control *oc)
{
	struct oom_event *e;
	u64 ids = task_ids();

	if (!task_wanted_of(t, false) || !(e = scratch_get(&scratch, 0)))
		return 0;
	__builtin_memset(e, 0, offsetof(struct oom_event, names));
	e->ts = bpf_ktime_get_ns();
	e->trigger_pid = ids >> 32;
	e->trigger_tid = ids;
	bpf_get_current_comm(e->trigger_comm, sizeof(e->trigger_comm));
	e->names_len = 0;
	put_victim(e, t);
	e->of = OOM_UNKNOWN;
	if (oc)
		put_cause(e, oc);
	return event_output_to(e, names, e->names_len);
}

KFUNC(out_of_memory, (struct oom_control * oc))
{
	oom.oc = oc;
	oom.tid = bpf_get_current_pid_tgid();
	return 0;
}

SEC("?raw_tp/mark_victim") int victim(u64 *ctx)
{
	struct oom_control *oc = NULL;

	if (oom.oc && oom.tid == (u32)bpf_get_current_pid_tgid())
		oc = oom.oc;
	/* None was chosen: a process that ends anyway may use what memory is left. */
	if (oc && !BPF_CORE_READ(oc, chosen))
		return 0;
	return killed((void *)ctx[0], oc);
}

/* Where the tracepoint does not have the task. */
KFUNC(oom_kill_process, (struct oom_control * oc))
{
	return killed(BPF_CORE_READ(oc, chosen), oc);
}
