/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/block.h"

/* When a request's time begins; in the order of the words of -w. */
enum which { FROM_ALLOC, AFTER_ALLOC, ON_DEVICE };

struct conf {
	u32 which;
};

/* Kinds of requests, and operations, which the kernel numbers so. */
enum { READ, WRITE, FLUSH, DISCARD, KINDS };

/*
 * Counters of each kind: 32 for each power of two of nanoseconds, from 32 ns on, so that a counter's
 * middle is at most 1.6 % off.  Up to 2^41 ns, which is 36 minutes.
 */
#define SLOTS 1184

struct latency_count {
	u64 slot; /* kind * SLOTS + the slot */
	u64 v;
};
