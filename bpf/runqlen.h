/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define LENGTH_MOST 4095 /* longer queues count as this */

/* How often a CPU's queue had this length. */
struct length {
	struct length_key {
		u16 cpu, length;
		u32 pad;
	} k;
	u64 v;
};
