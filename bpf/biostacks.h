/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/block.h"

struct conf {
	u64 unit; /* nanoseconds */
};

/* Who made requests to which disk, and through which kernel code path. */
struct origin {
	struct origin_key {
		u32 pid, dev;
		s32 stack;
		u32 pad;
		char comm[COMM_LEN];
	} key;
	struct origin_value {
		struct hist hist; /* its sum is in nanoseconds */
		char disk[DISK_NAME_LEN];
	} v;
};
