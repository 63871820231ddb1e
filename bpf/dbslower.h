/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/db_query.h"

struct conf {
	u64 min_ns;
};

struct query_event {
	u64 ts; /* when it ended */
	u64 ns;
	u32 pid, tid, uid;
	u32 cut; /* 0 or 1 */
	char comm[COMM_LEN];
	char query[QUERY_LEN];
};
