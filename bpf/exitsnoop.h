/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool threads, failed;
	bool told; /* the kernel tells which thread is the last of its process */
};

struct exit_event {
	u64 ts;
	u64 age; /* ns since the process or thread started */
	u32 pid, tid, ppid, uid;
	u32 code; /* as for wait(2) */
	u32 last; /* no thread of the process is left */
	char comm[COMM_LEN];
};
