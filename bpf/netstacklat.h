/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

struct conf {
	u64 unit;    /* of the histograms, in nanoseconds */
	u32 ifindex; /* only packets that this device received; 0: all */
	u32 pad;
};

/* Where a packet is seen, in the order in which it gets there. */
enum stage { IP, TCP, UDP, TCP_QUEUE, UDP_QUEUE, TCP_READ, UDP_READ, STAGES };

struct stage_times {
	u32 stage; /* enum stage */
	u32 pad;
	struct hist v; /* its sum is in nanoseconds */
};
