/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

/* Names of what the kernel has numbers for, by number; empty where there is none. */
#define COMPACT_NAMES    16
#define COMPACT_NAME_LEN 24
struct compact_name {
	char s[COMPACT_NAME_LEN];
};

struct conf {
	bool stack;    /* show it */
	bool extended; /* how fragmented the zone is, and how full */
	bool numbers; /* the tracepoints have five numbers, where newer kernels have a struct and three */
	u64 nodes; /* address of the kernel's array of nodes, or 0 */
	struct compact_name zones[COMPACT_NAMES], results[COMPACT_NAMES];
};

#define FRAGINDEX_UNKNOWN (-2000)

struct compact_event {
	u64 ts; /* when it ended */
	u64 ns;
	u64 min, low, high, free; /* of the zone when it began: pages */
	u32 pid, tid;
	s32 order;     /* of the allocation: 2^order pages; -1: all of the zone */
	s32 fragindex; /* thousandths */
	u32 node;
	u16 sync;
	u16 extended; /* the numbers of the zone are known */
	char comm[COMM_LEN];
	struct compact_name zone, status;
	u64 frames[EVENT_FRAMES]; /* of the kernel */
};
