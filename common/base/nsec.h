/* SPDX-License-Identifier: BSD-2-Clause */
/* Times as nanoseconds. */
#pragma once
#include "lib/types.h"
#include <stdint.h>
#include <time.h>

#define MS 1000000ULL

static inline u64 ts_ns(const struct timespec *ts)
{
	return ts->tv_sec * 1000000000ULL + ts->tv_nsec;
}

static inline u64 clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts_ns(&ts);
}

/*
 * What to add to a CLOCK_MONOTONIC time to get that of another clock. A process may be put off the CPU
 * between two readings, so of some tries the quickest counts.
 */
static inline u64 clock_offset_ns(clockid_t clock)
{
	u64 offset = 0, least = UINT64_MAX;

	for (int i = 0; i < 8 && least > 2000; i++) {
		u64 before = clock_ns(CLOCK_MONOTONIC), there = clock_ns(clock),
		    took = clock_ns(CLOCK_MONOTONIC) - before;

		if (took < least) {
			least = took;
			offset = there - before;
		}
	}
	return offset;
}
