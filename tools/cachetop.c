// SPDX-License-Identifier: BSD-2-Clause
/* cachetop: hits and misses of the page cache by process.  After BCC's, by Emmanuel Bretelle. */
/* LIBS: ncursesw */
#include "cachetop.h"
#include "base/user.h"
#include "cachetop.skel.h"
#include "domain/pagecache.h"
#include "main/tool.h"
#include "output/screen.h"
#include <stdio.h>
#include <string.h>

static const char *const sorts[] = { "pid",     "uid",      "cmd",       "hits", "misses",
				     "dirties", "read_hit", "write_hit", NULL };
static u32 sort = 3;
static bool ascending;

static const struct probe probes[] = { PAGE_CACHE_PROBES, { 0 } };

static const struct opt opts[] = {
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER('c'),
	OPT_CHOICE('s', "sort", "FIELD", &sort, sorts,
		   "Sort by pid, uid, cmd, hits, misses, dirties, read_hit or write_hit"),
	OPT_FLAG('a', "ascending", &ascending, "Sort in ascending order"),
	OPT_ROWS('r', "rows", "Show at most this many rows"),
	{ 0 },
};

/* The share of dirtied pages that were already in the cache. */
static u64 rewritten(const struct page_counts *c)
{
	return c->dirtied > c->write_in ? c->dirtied - c->write_in : 0;
}

static const char *user_name(u64 uid)
{
	const struct passwd *pw = user_of(uid);
	static char unknown[32];

	snprintf(unknown, sizeof(unknown), "UNKNOWN(%llu)", uid);
	return pw ? pw->pw_name : unknown;
}

static const struct value_kind kind_user = KIND_NAMED(user_name);

CELL(user, process, value_as(&kind_user, e->k.uid))
CELL(hits, process, value_uint(page_hits(&e->v)))
CELL(misses, process, value_uint(page_misses(&e->v)))
CELL(own_hits, process, value_uint(page_hits_own(&e->v)))
CELL(own_misses, process, value_uint(page_misses_own(&e->v)))
CELL(read_hits, process, value_percent(&kind_percent1, page_hits(&e->v), e->v.read + e->v.meta))
CELL(write_hits, process, value_percent(&kind_percent1, rewritten(&e->v), e->v.dirtied))

/* BCC right-aligns numbers under left-aligned headers. */
static const struct col cols[] = {
	{ COL("PID", -8, process, k.pid), HELP("Process ID"), RIGHT },
	{ COLF("UID", -8, user), HELP("User name (JSON: user ID)"), TRUNCATED },
	{ COL("CMD", -16, process, k.comm), HELP("Name of the thread") },
	{ COLF("HITS", -8, hits), HELP("Pages read that were in the cache"), RIGHT },
	{ COLF("MISSES", -8, misses), HELP("Pages read that were not in the cache"), RIGHT },
	{ COL("DIRTIES", -8, process, v.dirtied),
	  HELP("Pages that became dirty, and are to be written"), RIGHT },
	{ COLF("READ_HIT%", -10, read_hits), KEY("read_hit_percent"),
	  HELP("Hits as a percentage of hits plus misses"), RIGHT },
	{ COLF("WRITE_HIT%", -10, write_hits), KEY("write_hit_percent"),
	  HELP("Percentage of dirtied pages that were already in the cache"), RIGHT },
	{ COLF("own_hits", 0, own_hits),
	  HELP("Hits on blocks that file systems read for their own use"), JSON_ONLY },
	{ COLF("own_misses", 0, own_misses), HELP("Misses on such blocks"), JSON_ONLY },
	{ 0 },
};

static double weight(const struct process *p)
{
	const struct page_counts *c = &p->v;
	struct rec r = { p, sizeof(*p) };
	const double by[] = { p->k.pid,
			      p->k.uid,
			      0,
			      page_hits(c),
			      page_misses(c),
			      c->dirtied,
			      read_hits(r).percent,
			      write_hits(r).percent };

	return by[sort];
}

static int compare(const void *a, const void *b)
{
	const struct process *p = a, *q = b;
	double x = weight(p), y = weight(q);
	int order = (x > y) - (x < y) ?: strncmp(p->k.comm, q->k.comm, COMM_LEN);

	return ascending ? order : -order;
}

static void title(void)
{
	text("%-8s Buffers MB: %.0f / Cached MB: %.0f / Sort: %s / Order: %s\n",
	     time_hms(time_mono()), meminfo("Buffers") / 1048576.0, meminfo("Cached") / 1048576.0,
	     screen_sort(), screen_ascending() ? "ascending" : "descending");
}

static void parsed(void)
{
	run.no_summary = true;
	screen_sorted_by(cols[sort].name, ascending);
}

TOOL(cachetop, .summary = "Show hits and misses of the page cache by process.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Keys: < and > change the sort column, r reverses the order, q quits.\n\n"
		 "Examples:\n"
		 "  cachetop              # every 5 seconds\n"
		 "  cachetop -p 181 1     # process 181, every second\n"
		 "  cachetop 10 3 | cat   # three plain reports",
     .probes = probes, .opts = opts, .cols = cols, ENTRIES("processes", process), .interval = 5,
     .compare = compare, .parsed = parsed, .prepare = page_cache_prepare, TOP_SCREEN,
     .report_begin = title)
