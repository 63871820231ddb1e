/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/irq_time.h"

struct softirq {
	u32 vector, pad;
	struct irq_time v;
};
