/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define WQ_NAME 32 /* the kernel's limit: 24 with the NUL, since 6.9 32 */

struct conf {
	char name[WQ_NAME]; /* with has_name: only the workqueues of this name */
	u64 unit;           /* of the histogram, in nanoseconds */
	bool by_queue, has_name;
};

struct latency {
	struct latency_key {
		char name[WQ_NAME]; /* with by_queue */
	} k;
	struct latency_value {
		struct hist hist; /* its sum is in nanoseconds */
	} v;
};
