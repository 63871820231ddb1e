/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

struct rtt_addr {
	u32 addr[4]; /* as in struct endpoints */
	u32 family;  /* 0: any */
	u32 pad;
};

enum rtt_by { BY_NOTHING, BY_LOCAL, BY_REMOTE };

struct conf {
	u64 unit; /* microseconds */
	u32 by;   /* enum rtt_by */
	u32 pad;
	struct rtt_addr local, remote; /* only these */
};

/* Smoothed round-trip times, with BY_NOTHING of all connections. */
struct rtt {
	struct rtt_addr k;
	struct {
		struct hist hist; /* its sum is in microseconds */
	} v;
};

struct rtt_all {
	struct hist v;
};
