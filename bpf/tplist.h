/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

/* A tracepoint or a USDT probe: the record. */
struct listed {
	struct {
		u32 number; /* index into what was found, where the rest is */
		u32 is_usdt;
	} k;
	struct {
		u64 semaphore; /* its address, or 0 */
		u32 locations, arguments;
		/* Cut if they are longer, which matters only to --replay. */
		char file[256], group[64], name[128]; /* the group is a category or provider */
	} v;
};
