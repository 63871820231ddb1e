/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Times of tasks as histograms: a single one, or one for each process, thread or PID namespace. */
#pragma once
#include "types.h"

enum task_hist_by { BY_NOTHING, BY_PID, BY_TID, BY_PIDNS };

struct task_hist_conf {
	u32 by;   /* enum task_hist_by */
	u64 unit; /* nanoseconds */
};

/* The id of all tasks outside the tool's PID namespace. */
#define TASK_HIST_OUTSIDE 0

struct task_hist {
	struct task_hist_key {
		u64 id; /* the kernel's, of a process, thread or PID namespace; of idle tasks runner_id() */
	} k;
	struct task_hist_value {
		struct hist hist;    /* its sum is in nanoseconds */
		u32 pid, tid;        /* as the user knows them */
		char comm[COMM_LEN]; /* the last; none of tasks outside */
	} v;
};
struct task_hist_all {
	struct hist v;
};
