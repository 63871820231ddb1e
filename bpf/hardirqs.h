/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/irq_time.h"

#define IRQ_NAME_LEN 32

struct hardirq {
	u64 action; /* its address: each device and driver has its own, also of a number that they share */
	struct {
		struct irq_time time;
		char name[IRQ_NAME_LEN];
	} v;
};
