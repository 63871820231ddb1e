/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of the tools that trace the scheduler, and tasks that are not the current one; see kernel.h. */
#pragma once
#include "kernel.h"

#define PF_KTHREAD 0x00200000

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

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
};

#pragma clang attribute pop
