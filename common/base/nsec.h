/* SPDX-License-Identifier: BSD-2-Clause */
/* Times as nanoseconds. */
#pragma once
#include "lib/types.h"
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
