/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct thread_event {
	u64 ts;
	u32 pid, tid; /* of who makes the thread */
	u32 uid, pad;
	u64 start; /* the address of the function that the new thread runs */
	char comm[COMM_LEN];
};
