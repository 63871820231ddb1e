/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define FREQ_STEP  200 /* MHz in a bucket */
#define FREQ_SLOTS 26  /* the last one also counts what is above */
#define FREQ_CPUS  8192

/* How fast a CPU is, in kHz; 0: not known. */
struct freq_cpu {
	u32 told; /* by the kernel, with its last change */
	u32 read; /* by user space, while nothing was told */
};

enum whose { OF_THREADS, OF_IDLE, OF_ALL };

/* How often a CPU had each frequency while such a thread ran on it. */
struct freq_use {
	struct freq_key {
		char comm[COMM_LEN];
		u32 whose, pad;
	} k;
	struct freq_counts {
		u64 slots[FREQ_SLOTS];
	} v;
};
