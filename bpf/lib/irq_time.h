/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How long interrupts take: softirqs and hardirqs. */
#pragma once
#include "types.h"

#define SOFTIRQS 16 /* the kernel has 10 */

struct irq_conf {
	bool dist;
	bool one_cpu;
	u32 cpu;
	u64 unit; /* of the histogram, in nanoseconds */
};

struct irq_time {
	struct hist hist; /* its sum is in nanoseconds; its slots only with dist */
	u64 count;
};
