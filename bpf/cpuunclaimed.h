/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define CPUS_MOST  4096
#define CPU_ABSENT 0xffff /* instead of a length */

struct conf {
	u32 cpus; /* all that there can be */
	u32 pad;
};

/* How many tasks each CPU had at that time: one that runs, and those that wait. */
struct queues {
	u64 ts;
	u32 cpus, pad;
	u16 lengths[];
};
