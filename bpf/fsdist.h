/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/fs.h"
#include "lib/types.h"

struct conf {
	u64 unit; /* of the histograms, in nanoseconds */
};

struct latency {
	u64 op; /* enum fs_op; 64 bits, so that the key has no padding */
	struct {
		struct hist hist; /* its sum is in nanoseconds */
	} v;
};
