// SPDX-License-Identifier: BSD-2-Clause
/* cachestat: hits and misses of the page cache.  After BCC's, by Brendan Gregg. */
#include "cachestat.h"
#include "cachestat.skel.h"
#include "domain/pagecache.h"
#include "main/tool.h"

static const struct probe probes[] = { PAGE_CACHE_PROBES, { 0 } };

CELL(hits, cachestat, value_uint(page_hits(&e->v)))
CELL(misses, cachestat, value_uint(page_misses(&e->v)))
CELL(ratio, cachestat, value_percent(&kind_percent2, page_hits(&e->v), e->v.read + e->v.meta))
CELL(own_hits, cachestat, value_uint(page_hits_own(&e->v)))
CELL(own_misses, cachestat, value_uint(page_misses_own(&e->v)))
CELL(buffers, cachestat, value_as(&kind_mib, meminfo("Buffers")))
CELL(cached, cachestat, value_as(&kind_mib, meminfo("Cached")))

static const struct col cols[] = {
	{ COL_TIME_NOW(-8), HELP("Time of the report"),
	  SHOW('T', "timestamp", "Print the time with each report") },
	{ COLF("HITS", 8, hits), HELP("Pages read that were in the cache") },
	{ COLF("MISSES", 8, misses), HELP("Pages read that were not in the cache") },
	{ COL("DIRTIES", 8, cachestat, v.dirtied),
	  HELP("Pages that became dirty, and are to be written") },
	{ COLF("HITRATIO", 8, ratio), HELP("Hits as a percentage of hits plus misses") },
	{ COLF("BUFFERS_MB", 12, buffers), KEY("buffers_bytes"),
	  HELP("Disk blocks cached now, in MiB (JSON: buffers_bytes, in bytes)"),
	  .flags = COL_GAUGE },
	{ COLF("CACHED_MB", 10, cached), KEY("cached_bytes"),
	  HELP("File pages cached now, in MiB (JSON: cached_bytes, in bytes)"),
	  .flags = COL_GAUGE },
	{ COLF("own_hits", 0, own_hits),
	  HELP("Hits on blocks that file systems read for their own use"), JSON_ONLY },
	{ COLF("own_misses", 0, own_misses), HELP("Misses on such blocks"), JSON_ONLY },
	{ COL("read_in", 0, cachestat, v.read_in),
	  HELP("Pages brought into the cache by reads, including readahead"), JSON_ONLY },
	{ 0 },
};

static u32 count;

static void parsed(void)
{
	count = run.count;
}

/* As in BCC: not after the last of COUNT rows. */
static void end(void)
{
	if (!run.json && (!count || run.count))
		text("Detaching...\n");
}

TOOL(cachestat, .summary = "Count hits and misses of the page cache.", .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  cachestat             # a row each second\n"
		 "  cachestat -T 5 3      # three rows of 5 seconds each, with the time\n"
		 "  cachestat --exec tar cf /dev/null .   # this command only",
     .probes = probes, .opts = filter_opts, .cols = cols, .parsed = parsed,
     .prepare = page_cache_prepare, ENTRIES("counts", cachestat), .report = REPORT_ROWS,
     .interval = 1, .end = end)
