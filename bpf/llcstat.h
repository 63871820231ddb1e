/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	u32 period;   /* one in so many events is seen */
	bool threads; /* tell them apart */
};

/* How often a process used the last cache on this CPU. */
struct cache_use {
	struct cache_key {
		u32 pid, tid; /* tid: 0, unless threads are told apart */
		u32 cpu, pad;
		char comm[COMM_LEN];
	} k;
	struct cache_counts {
		u64 references, misses;
	} v;
};
