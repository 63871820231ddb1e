/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/block.h"

struct pattern {
	u64 dev; /* major << 20 | minor */
	struct pattern_value {
		u64 sequential, random, first; /* requests; first: with none before it */
		u64 bytes;
		char disk[DISK_NAME_LEN];
	} v;
};
