// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dbstat.h"
#include "lib/db_query.bpf.h"

const volatile struct conf conf;

ARRAY_TABLE(times, struct hist, 1);

static __always_inline int query_ended(const struct db_query *q, u64 ns)
{
	struct hist *h = ns < conf.min_ns ? NULL : table_at(&times, 0);

	if (h)
		hist_add_exact(h, ns / conf.unit, ns);
	return 0;
}

DB_QUERIES(query_ended)
