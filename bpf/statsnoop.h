/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool failed; /* only calls that fail */
};

enum stat_call {
	CALL_NEWSTAT,
	CALL_NEWLSTAT,
	CALL_STAT64,
	CALL_LSTAT64,
	CALL_STATFS,
	CALL_STATFS64,
	CALL_BELOW_DIR, /* from here on, the path is the second argument */
	CALL_NEWFSTATAT = CALL_BELOW_DIR,
	CALL_FSTATAT64,
	CALL_STATX,
	CALL_URING_STATX,
	CALLS
};

struct stat_event {
	u64 ts;
	u32 pid, tid;
	s32 ret; /* 0, or a negative errno */
	u32 call;
	char comm[COMM_LEN];
	char path[4096];
};
