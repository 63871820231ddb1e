// SPDX-License-Identifier: BSD-2-Clause
#include "domain/block_time.h"
#include "lib/types.h"
#include <stdint.h>

static u64 min_us = 1, max_us = UINT64_MAX;

void block_time_min(const char *arg)
{
	min_us = parse_u64(arg, "min-block-time", 0, UINT64_MAX / 1000);
}

void block_time_max(const char *arg)
{
	max_us = parse_u64(arg, "max-block-time", 0, UINT64_MAX);
}

void block_time_parsed(u64 *min_ns, u64 *max_ns)
{
	if (min_us > max_us)
		usage_error("-m is more than -M: no time is both");
	*min_ns = min_us * 1000;
	*max_ns = max_us < UINT64_MAX / 1000 ? max_us * 1000 + 999 : UINT64_MAX;
}
