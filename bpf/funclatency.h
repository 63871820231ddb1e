/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/nested.h"
#include "lib/types.h"

struct conf {
	u64 unit;     /* of the histograms, in nanoseconds */
	bool by_func; /* a histogram for each function */
	bool by_pid;  /* and process */
};

struct latency {
	struct latency_key {
		u32 func; /* index into the pattern's names */
		u32 pid;  /* 0: any */
	} k;
	struct {
		struct hist hist; /* its sum is in nanoseconds */
	} v;
};
struct latency_all {
	struct hist v;
};
