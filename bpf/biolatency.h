/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/block.h"

struct conf {
	bool queued;     /* measure from queueing, not from issue */
	bool alloc_time; /* ... without a tracepoint: use the kernel's own timestamp */
	bool by_disk, by_flags;
	u32 named_flags; /* the bits of a request's cmd_flags to tell apart */
	u64 unit;        /* nanoseconds */
};

struct latency {
	struct latency_key {
		u32 dev;   /* major << 20 | minor, with by_disk */
		u32 flags; /* with by_flags */
	} k;
	struct latency_value {
		struct hist hist; /* its sum is in nanoseconds */
		char disk[DISK_NAME_LEN];
	} v;
};
