// SPDX-License-Identifier: BSD-2-Clause
/* dcstat: count lookups in the directory cache.  After BCC's, by Brendan Gregg. */
#include "dcstat.h"
#include "dcstat.skel.h"
#include "tool.h"
#include <time.h>

static const struct opt opts[] = { OPT_PID, OPT_UID, OPT_CONTAINER(0), { 0 } };

static u64 interval_ns = 1000000000; /* since the last report */

static void rate(struct out *o, u64 n)
{
	out_uint(o, out_is_json(o) ? n : (u64)(n * 1e9 / interval_ns + 0.5));
}

static void refs(struct out *o, const void *rec)
{
	rate(o, ((const struct dcstat *)rec)->v.refs);
}

static void slow(struct out *o, const void *rec)
{
	rate(o, ((const struct dcstat *)rec)->v.slow);
}

static void missed(struct out *o, const void *rec)
{
	rate(o, ((const struct dcstat *)rec)->v.missed);
}

static void hit(struct out *o, const void *rec)
{
	const struct lookups *c = &((const struct dcstat *)rec)->v;
	u64 hits = c->refs > c->missed ? c->refs - c->missed : 0;

	if (c->refs)
		out_fixed(o, (10000 * hits + c->refs / 2) / c->refs, 2);
	else
		out_null(o, "-%");
}

static void now(struct out *o, const void *rec)
{
	time_t t = time_wall(time_mono()) / 1000000000;
	char text[16];

	(void)rec;
	strftime(text, sizeof(text), "%T:", localtime(&t));
	out_str(o, text);
}

static const struct col cols[] = {
	{ COLF("TIME", -10, now), HELP("Time of the report"), .flags = COL_TEXT_ONLY },
	{ COLF("REFS/s", 8, refs), KEY("refs"),
	  HELP("Names looked up, per second; in JSON refs, in the interval, and so the next two") },
	{ COLF("SLOW/s", 8, slow), KEY("slow"),
	  HELP("Of these, not found by the lockless walk alone") },
	{ COLF("MISS/s", 8, missed), KEY("miss"),
	  HELP("Of these, not in the cache: the file system was asked") },
	{ COLF("HIT%", 8, hit), KEY("hit_percent"), HELP("Lookups that were in the cache") },
	{ 0 },
};

static bool keep(const void *rec)
{
	static u64 last;
	u64 now = time_mono();

	(void)rec;
	interval_ns = now - (last ?: run.began);
	last = now;
	return true;
}

TOOL(dcstat, .summary = "Count lookups in the directory cache.", .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  dcstat                # a row each second\n"
		 "  dcstat 5 3            # three rows, of 5 seconds each\n"
		 "  dcstat --json 99999 --exec find /etc   # what this command looks up in all",
     .exact = true, .opts = opts, .cols = cols, ENTRIES("counts", dcstat), .keep = keep,
     .report = REPORT_ROWS, .interval = 1)
