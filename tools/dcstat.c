// SPDX-License-Identifier: BSD-2-Clause
/* dcstat: count lookups in the directory cache.  After BCC's, by Brendan Gregg. */
#include "dcstat.h"
#include "dcstat.skel.h"
#include "main/tool.h"

static void hit(struct out *o, const void *rec)
{
	const struct lookups *c = &((const struct dcstat *)rec)->v;
	u64 hits = c->refs > c->missed ? c->refs - c->missed : 0;

	if (c->refs)
		out_fixed(o, (10000 * hits + c->refs / 2) / c->refs, 2);
	else
		out_null(o, "-%");
}

static const struct col cols[] = {
	{ COLF("TIME", -10, out_time_now_colon), HELP("Time of the report"),
	  .flags = COL_TEXT_ONLY },
	{ COLF("REFS/s", 8, out_rate), KEY("refs"), FIELD(dcstat, v.refs),
	  HELP("Names looked up per second (JSON: refs, per interval; also the next two)") },
	{ COLF("SLOW/s", 8, out_rate), KEY("slow"), FIELD(dcstat, v.slow),
	  HELP("Lookups per second that the lockless walk could not finish") },
	{ COLF("MISS/s", 8, out_rate), KEY("miss"), FIELD(dcstat, v.missed),
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
     .exact = true, .opts = filter_opts, .cols = cols, ENTRIES("counts", dcstat),
     .report = REPORT_ROWS, .interval = 1)
