/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

/* How many connections were waiting at listeners with this limit, as others came. */
struct backlog {
	struct backlog_key {
		u32 max, pad;
	} k;
	struct hist v;
};
