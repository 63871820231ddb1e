/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define OOM_NAMES_LEN 8192

/* What ran out of memory; those below OOM_SYSRQ are the kernel's numbers. */
enum oom_of { OOM_MACHINE, OOM_CPUSET, OOM_POLICY, OOM_CGROUP, OOM_SYSRQ, OOM_UNKNOWN };

struct oom_event {
	u64 ts;
	u64 pages;             /* of memory and swap that there are, or that the cgroup can use */
	u64 limit, usage;      /* with OOM_CGROUP: pages */
	u64 anon, file, shmem; /* of the victim: pages */
	u32 trigger_pid, trigger_tid;
	u32 pid, uid; /* of the victim */
	s32 order;    /* of the allocation: 2^order pages */
	u16 of;       /* enum oom_of */
	s16 score_adj;
	char trigger_comm[COMM_LEN], comm[COMM_LEN];
	u32 victim_len;
	/* The victim's cgroup, as in lib/path.h; with OOM_CGROUP after it, the cgroup at its limit. */
	char names[OOM_NAMES_LEN + 256];
	u32 names_len; /* of all that; only for BPF, not sent */
};
