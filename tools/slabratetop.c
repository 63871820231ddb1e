// SPDX-License-Identifier: BSD-2-Clause
/* slabratetop: allocations from the kernel's slab caches.  After BCC's, by Brendan Gregg. */
/* LIBS: ncursesw */
#include "slabratetop.h"
#include "main/tool.h"
#include "output/screen.h"
#include "slabratetop.skel.h"
#include <stdlib.h>
#include <string.h>

enum sort { BY_NAME, BY_COUNT, BY_SIZE };
static const char *const sorts[] = { "name", "count", "size", NULL };
static u32 sort = BY_SIZE;

static bool has_lru, has_sheaf;

static const struct probe probes[] = {
	{ "allocations", { "kmem_cache_alloc" } },
	{ "allocations on a node", { "kmem_cache_alloc_node" } },
	{ "allocations in bulk", { "kmem_cache_alloc_bulk" } },
	{ "allocations of list members", { "kmem_cache_alloc_lru" }, .wanted = &has_lru },
	{ "allocations from sheaves", { "kmem_cache_alloc_from_sheaf" }, .wanted = &has_sheaf },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_TOP,
	OPT_ROWS(0, "maxrows", "The same as --rows"),
	OPT_CHOICE('s', "sort", "FIELD", &sort, sorts,
		   "Sort by name, count (of allocations) or size (of all of them)"),
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	{ 0 },
};

static const struct col cols[] = {
	{ COL("CACHE", -32, slab, v.name), HELP("Name of the cache") },
	{ COL("ALLOCS", 6, slab, v.allocs), HELP("Objects that were allocated") },
	{ COL("BYTES", 10, slab, v.bytes), HELP("Their size in memory, in total") },
	{ COL("size", 0, slab, v.size), HELP("Size of an object in memory, bytes"), JSON_ONLY },
	{ 0 },
};

/*
 * Since allocations are counted for profiles, the functions have other names, and the old ones are macros.  That
 * is so in some kernels without such profiles, too.
 */
static bool find(const char *stand_in, const char *newer)
{
	if (probe_has_func(newer)) {
		probe_target(stand_in, newer);
		return true;
	}
	return probe_has_func(stand_in);
}

static void targets(void)
{
	find("kmem_cache_alloc", "kmem_cache_alloc_noprof");
	find("kmem_cache_alloc_node", "kmem_cache_alloc_node_noprof");
	find("kmem_cache_alloc_bulk", "kmem_cache_alloc_bulk_noprof");
	has_lru = find("kmem_cache_alloc_lru", "kmem_cache_alloc_lru_noprof");
	has_sheaf = find("kmem_cache_alloc_from_sheaf", "kmem_cache_alloc_from_sheaf_noprof");
}

static int by_name(const void *a, const void *b)
{
	return strncmp(((const struct slab *)a)->v.name, ((const struct slab *)b)->v.name,
		       CACHE_NAME_LEN);
}

/* Caches with the same name are one row. */
static char *merge(char *recs, size_t *n)
{
	struct slab *s = (void *)recs;
	size_t kept = 0;

	qsort(s, *n, sizeof(*s), by_name);
	for (size_t i = 0; i < *n; i++) {
		if (kept && !by_name(&s[kept - 1], &s[i])) {
			s[kept - 1].v.allocs += s[i].v.allocs;
			s[kept - 1].v.bytes += s[i].v.bytes;
		} else {
			s[kept++] = s[i];
		}
	}
	*n = kept;
	return recs;
}

static int compare(const void *a, const void *b)
{
	const struct slab_count *x = &((const struct slab *)a)->v,
				*y = &((const struct slab *)b)->v;
	int order = 0;

	if (sort == BY_SIZE)
		order = (x->bytes < y->bytes) - (x->bytes > y->bytes);
	if (sort != BY_NAME && !order)
		order = (x->allocs < y->allocs) - (x->allocs > y->allocs);
	return order ?: by_name(a, b);
}

static void parsed(void)
{
	static const char *const headers[] = { "CACHE", "ALLOCS", "BYTES" };

	if (!run.rows && !run.json)
		run.rows = 20;
	screen_sorted_by(headers[sort], sort == BY_NAME);
}

TOOL(slabratetop, .summary = "Show allocations from the kernel's slab caches.",
     .args = "[INTERVAL [COUNT]]",
     .examples =
	     "Examples:\n"
	     "  slabratetop               # every second\n"
	     "  slabratetop -C 5 3        # three 5-second reports, without clearing the screen\n"
	     "  slabratetop -p 181        # by process 181\n"
	     "  slabratetop -s count -r 5",
     .probes = probes, .opts = opts, .cols = cols, ENTRIES("slabs", slab), TOP_SCREEN,
     .interval = 1, .compare = compare, .targets = targets, .merge = merge, .parsed = parsed,
     .begin = table_begin, .goodbye = "Detaching...")
