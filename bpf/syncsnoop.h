/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

enum sync_call {
	CALL_SYNC,
	CALL_FSYNC,
	CALL_FDATASYNC,
	CALL_MSYNC,
	CALL_SYNC_FILE_RANGE,
	CALL_SYNCFS,
	CALL_URING_FSYNC,
	CALL_URING_RANGE,
	CALLS
};

struct sync_event {
	u64 ts;
	u32 pid, tid;
	u32 call;
	char comm[COMM_LEN];
};
