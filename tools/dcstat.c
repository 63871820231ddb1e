// SPDX-License-Identifier: BSD-2-Clause
/* dcstat: count lookups in the directory cache.  After BCC's, by Brendan Gregg. */
#include "dcstat.h"
#include "dcstat.skel.h"
#include "main/tool.h"

static struct value hit(struct rec r)
{
	const struct lookups *c = &((const struct dcstat *)r.p)->v;
	u64 hits = c->refs > c->missed ? c->refs - c->missed : 0;

	if (!c->refs)
		return value_none("-%");
	return value_as(&kind_fixed2, (10000 * hits + c->refs / 2) / c->refs);
}

static const struct col cols[] = {
	{ COL_TIME_NOW_COLON(-10), HELP("Time of the report") },
	{ COL_AS(kind_rate, "REFS/s", 8, dcstat, v.refs), KEY("refs"),
	  HELP("Names looked up per second (JSON: refs, per interval; also the next two)") },
	{ COL_AS(kind_rate, "SLOW/s", 8, dcstat, v.slow), KEY("slow"),
	  HELP("Lookups per second that the lockless walk could not finish") },
	{ COL_AS(kind_rate, "MISS/s", 8, dcstat, v.missed), KEY("miss"),
	  HELP("Lookups per second that were not in the cache, so the file system was asked") },
	{ COLF("HIT%", 8, hit), KEY("hit_percent"),
	  HELP("Percentage of lookups found in the cache") },
	{ 0 },
};

TOOL(dcstat, .summary = "Count lookups in the directory cache.", .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  dcstat                # a row each second\n"
		 "  dcstat 5 3            # three rows of 5 seconds each\n"
		 "  dcstat --json --once --exec find /etc   # this command's lookups in total",
     .opts = filter_opts, .cols = cols, ENTRIES("counts", dcstat), .report = REPORT_ROWS,
     .interval = 1)
