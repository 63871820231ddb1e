/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool failed; /* only calls that fail */
};

enum shm_call { SHM_GET, SHM_AT, SHM_DT, SHM_CTL, SHM_CALLS, SHM_IPC /* any, by ipc(2) */ };

struct shm_event {
	u64 ts;
	u64 size; /* of shmget */
	u64 addr; /* of shmat and shmdt; shmctl's buffer */
	s64 ret;  /* an ID, an address, 0, or a negative errno */
	u32 pid, tid;
	u32 call;  /* enum shm_call */
	u32 id;    /* shmget's key */
	u32 flags; /* shmctl's command */
	u32 pad;
	char comm[COMM_LEN];
};
