// SPDX-License-Identifier: BSD-2-Clause
/* cachetop: hits and misses of the page cache by process.  After BCC's, by Emmanuel Bretelle. */
/* LIBS: ncursesw */
#include "cachetop.h"
#include "base/user.h"
#include "cachetop.skel.h"
#include "domain/pagecache.h"
#include "main/tool.h"
#include "output/screen.h"
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

static double percent(u64 part, u64 whole)
{
	return whole ? 100.0 * part / whole : 0;
}

static double read_hit(const struct page_counts *c)
{
	return percent(page_hits(c), c->read + c->meta);
}

/* The share of dirtied pages that were already in the cache. */
static double write_hit(const struct page_counts *c)
{
	return percent(c->dirtied > c->write_in ? c->dirtied - c->write_in : 0, c->dirtied);
}

/* BCC right-aligns numbers under left-aligned headers. */
static void number(struct out *o, u64 n)
{
	if (out_is_json(o))
		out_uint(o, n);
	else
		out_fmt(o, "%8llu", n);
}

static void percentage(struct out *o, double value)
{
	if (out_is_json(o))
		out_fixed(o, value * 100 + 0.5, 2);
	else
		out_fmt(o, "%9.1f%%", value);
}

CELL(pid, process, number, e->k.pid)
CELL(hits, process, number, page_hits(&e->v))
CELL(misses, process, number, page_misses(&e->v))
CELL(dirties, process, number, e->v.dirtied)
CELL(own_hits, process, number, page_hits_own(&e->v))
CELL(own_misses, process, number, page_misses_own(&e->v))
CELL(read_hits, process, percentage, read_hit(&e->v))
CELL(write_hits, process, percentage, write_hit(&e->v))

static void user(struct out *o, const void *rec)
{
	u32 uid = ((const struct process *)rec)->k.uid;
	const struct passwd *pw = out_is_json(o) ? NULL : user_of(uid);

	if (out_is_json(o))
		out_uint(o, uid);
	else if (pw)
		out_str(o, pw->pw_name);
	else
		out_fmt(o, "UNKNOWN(%u)", uid);
}

static const struct col cols[] = {
	{ COLF("PID", -8, pid), HELP("Process ID") },
	{ COLF("UID", -8, user), HELP("User name (JSON: user ID)"), TRUNCATED },
	{ COL("CMD", -16, process, k.comm), HELP("Name of the thread") },
	{ COLF("HITS", -8, hits), HELP("Pages read that were in the cache") },
	{ COLF("MISSES", -8, misses), HELP("Pages read that were not in the cache") },
	{ COLF("DIRTIES", -8, dirties), HELP("Pages that became dirty, and are to be written") },
	{ COLF("READ_HIT%", -10, read_hits), KEY("read_hit_percent"),
	  HELP("Hits as a percentage of hits plus misses") },
	{ COLF("WRITE_HIT%", -10, write_hits), KEY("write_hit_percent"),
	  HELP("Percentage of dirtied pages that were already in the cache") },
	{ COLF("own_hits", 0, own_hits),
	  HELP("Hits on blocks that file systems read for their own use"), JSON_ONLY },
	{ COLF("own_misses", 0, own_misses), HELP("Misses on such blocks"), JSON_ONLY },
	{ 0 },
};

static double weight(const struct process *p)
{
	const struct page_counts *c = &p->v;
	const double by[] = { p->k.pid,       p->k.uid,   0,           page_hits(c),
			      page_misses(c), c->dirtied, read_hit(c), write_hit(c) };

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
     .probes = probes, .exact = true, .opts = opts, .cols = cols, ENTRIES("processes", process),
     .interval = 5, .compare = compare, .parsed = parsed, .prepare = page_cache_prepare, TOP_SCREEN,
     .report_begin = title)
