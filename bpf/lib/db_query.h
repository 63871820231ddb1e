/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Queries of database servers: see db_query.bpf.h. */
#pragma once
#include "types.h"

#define QUERY_LEN 1024 /* with the NUL */

struct db_query {
	u64 began; /* 0: it is over */
	u32 by_function;
	u32 cut; /* 0 or 1 */
	char text[QUERY_LEN];
};
