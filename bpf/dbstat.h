/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	u64 min_ns;
	u64 unit; /* of the histogram, in nanoseconds */
};

struct query_times {
	struct hist v; /* its sum is in nanoseconds */
};
