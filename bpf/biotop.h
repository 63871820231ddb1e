/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/block.h"

/* One row: a map entry, the key followed by the value. */
struct usage {
	struct usage_key {
		u32 pid, op, major, minor; /* the numbers are the disk's */
		char comm[COMM_LEN];       /* empty: unknown */
	} key;
	struct usage_value {
		u64 requests, bytes, ns;
		char disk[DISK_NAME_LEN];
	} v;
};
