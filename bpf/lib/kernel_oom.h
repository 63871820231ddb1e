/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types read when memory runs out; see kernel.h. */
#pragma once
#include "kernel_sched.h"

/* Of mm_struct.rss_stat; each counts pages. */
#define MM_FILEPAGES  0
#define MM_ANONPAGES  1
#define MM_SHMEMPAGES 3

enum cgroup_subsys_id { memory_cgrp_id = 4 }; /* the kernel's configuration decides */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct atomic64 {
	s64 counter;
};
struct page_counter {
	struct atomic64 usage; /* pages */
	unsigned long max;
};
struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
};
enum oom_constraint { CONSTRAINT_NONE };
struct oom_control {
	struct mem_cgroup *memcg; /* NULL: not a cgroup's limit */
	int order;
	unsigned long totalpages;
	struct task_struct *chosen;
	enum oom_constraint constraint;
};

struct mm_rss_stat {
	struct atomic64 count[4];
};
struct mm_struct___6_1 { /* and before */
	struct mm_rss_stat rss_stat;
};
struct percpu_counter {
	s64 count;
};
struct mm_struct___6_2 {
	struct percpu_counter rss_stat[4];
};

struct signal_struct___oom {
	short oom_score_adj;
};
struct task_struct___oom {
	struct signal_struct___oom *signal;
};

#pragma clang attribute pop
