/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool memory;                /* also how much is free, and in the page cache */
	bool order_second;          /* the tracepoint has the order in its second argument */
	u64 zone_stats, node_stats; /* addresses of the kernel's counters, or 0 */
};

#define PAGES_UNKNOWN ((u64)-1)

struct reclaim_event {
	u64 ts; /* when it ended */
	u64 ns;
	u64 pages;                  /* that were reclaimed */
	u64 free_pages, file_pages; /* of the machine when it began, or PAGES_UNKNOWN */
	u32 pid, tid, uid;
	s32 order; /* of the allocation: 2^order pages */
	char comm[COMM_LEN];
};
