/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of tools that choose by how long a thread was blocked. */
#pragma once
#include "base/opt.h"
#include <linux/types.h>

/* WHAT: "times". */
#define OPT_BLOCK_TIME(what)                                                            \
	OPT_CALL('m', "min-block-time", "US", block_time_min,                           \
		 "Leave out " what " shorter than this, in microseconds (default: 1)"), \
		OPT_CALL('M', "max-block-time", "US", block_time_max,                   \
			 "Leave out " what " longer than this")

void block_time_min(const char *arg);
void block_time_max(const char *arg);
/* For .parsed. */
void block_time_parsed(__u64 *min_ns, __u64 *max_ns);
