// SPDX-License-Identifier: BSD-2-Clause
#include "domain/rw.h"

bool rw_reads = true, rw_writes = true;
u32 rw_sort;
const char *const rw_sorts[] = { "all", "reads", "writes", "rbytes", "wbytes", NULL };

static u64 weight(const struct rw_counts *c)
{
	const u64 by[] = { c->reads + c->writes + c->rbytes + c->wbytes, c->reads, c->writes,
			   c->rbytes, c->wbytes };

	return by[rw_sort];
}

int rw_compare(const struct rw_counts *a, const struct rw_counts *b)
{
	u64 x = weight(a), y = weight(b);

	return (x < y) - (x > y);
}

const char *rw_sorted_by(void)
{
	static const char *const headers[] = { NULL, "READS", "WRITES", "R_Kb", "W_Kb" };

	return headers[rw_sort];
}

void rw_parsed(void)
{
	if (!run.rows && !run.json)
		run.rows = 20;
}
