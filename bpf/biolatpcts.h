/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/block.h"

/* When a request's time begins, in the order of -w's words. */
enum which { FROM_ALLOC, AFTER_ALLOC, ON_DEVICE };

struct conf {
	u32 which;
};

/* Kinds of requests: operations, by the kernel's numbers. */
enum { READ, WRITE, FLUSH, DISCARD, KINDS };

struct latency_count {
	u64 slot; /* kind * FINE_SLOTS + the slot of its latency */
	u64 v;
};
