/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/flow.h"

struct udp_traffic {
	struct traffic bytes, datagrams;
};

/* A row, and one of IPv4. */
struct udp_flow {
	struct flow_key key;
	struct udp_traffic v;
};
struct udp_flow4 {
	struct flow4_key key;
	struct udp_traffic v;
};
