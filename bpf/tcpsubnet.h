/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

struct conf {
	bool ipv4, ipv6; /* there are subnets of it */
};

/* Keys of LPM tries: a length in bits, and an address in network order. */
struct subnet4 {
	u32 bits;
	u32 addr;
};
struct subnet6 {
	u32 bits;
	u32 addr[4];
};

/* Bytes sent to a subnet (or received). */
struct subnet_bytes {
	u32 at; /* in the user's list */
	u32 pad;
	u64 v;
};
