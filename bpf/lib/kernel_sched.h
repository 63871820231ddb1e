/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of the tools that trace the scheduler, and tasks that are not the current one; see kernel.h. */
#pragma once
#include "kernel.h"

#define PF_KTHREAD  0x00200000
#define PF_MEMALLOC 0x00000800 /* it frees memory */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct___5_13 { /* and before */
	long state;
};
struct task_struct___5_14 {
	unsigned int __state;
};

struct kuid {
	u32 val;
};
struct cred___sched {
	struct kuid uid;
};
struct kernfs_node {
	u64 id;
	const char *name;
	struct kernfs_node *parent;
};
struct kernfs_node___6_15 {
	struct kernfs_node *__parent;
};
struct cgroup;
struct cgroup_root;
struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};
struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	struct cgroup_root *root; /* of its hierarchy */
};
struct css_set {
	struct cgroup_subsys_state *subsys[1]; /* one per controller */
	struct cgroup *dfl_cgrp;
};
struct task_struct___sched {
	unsigned int flags;
	u32 on_cpu; /* int before 7, u8 since: unsigned, so that libbpf adapts a direct read */
	struct cred___sched *cred;
	struct css_set *cgroups;
};

/* A CPU's queue is found by the group of its running task: with CONFIG_FAIR_GROUP_SCHED only. */
struct rq;
struct cfs_rq {
	struct rq *rq;
};
struct cfs_rq___6_12 { /* before its updates */
	unsigned int h_nr_delayed;
};
struct cfs_rq___6_14 {
	unsigned int h_nr_queued, h_nr_runnable;
};
struct rq {
	unsigned int nr_running; /* also of those asleep that have yet to be taken out */
};
struct rq___6_12 {
	struct cfs_rq___6_12 cfs;
};
struct rq___6_14 {
	struct cfs_rq___6_14 cfs;
};
struct sched_entity {
	struct cfs_rq *cfs_rq;
};

/* Clocks of throttling by cpu.max: when it began, and how long it lasted before that.  With CONFIG_CFS_BANDWIDTH only. */
struct cfs_rq___5_10 { /* and before 5.19 */
	u64 throttled_clock_task, throttled_clock_task_time;
	int throttle_count;
};
struct rq___5_10 {
	u64 clock_task;
};
struct cfs_rq___5_19 {
	u64 throttled_clock_pelt, throttled_clock_pelt_time;
	int throttle_count;
};
struct rq___5_19 {
	u64 clock_pelt;
	unsigned long lost_idle_time;
};
struct cfs_rq___6_5 {
	u64 throttled_clock_self, throttled_clock_self_time;
};
struct rq___6_5 {
	u64 clock;
};

/* What a task has run, by the kernel's own clock. */
struct task_struct___times {
	u64 utime, stime;
};
struct task_struct___iowait {
	unsigned int in_iowait : 1;
};
struct task_struct___with_cpu { /* before 5.16 */
	unsigned int cpu;
};
struct thread_info___cpu {
	u32 cpu;
};
struct task_struct___thread_info {
	struct thread_info___cpu thread_info;
};
struct task_struct___queued {
	struct sched_entity se;
};

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
};

#pragma clang attribute pop
