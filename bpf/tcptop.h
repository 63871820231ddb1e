/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/flow.h"

/* A row, and one of IPv4. */
struct flow {
	struct flow_key key;
	struct traffic v;
};
struct flow4 {
	struct flow4_key key;
	struct traffic v;
};
