/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	u64 min_ns; /* show waits of at least this */
};

struct wait_event {
	u64 ts, ns;
	u32 pid, tid, prev_pid, prev_tid;
	char comm[COMM_LEN], prev_comm[COMM_LEN];
};
