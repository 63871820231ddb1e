// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pages that enter the page cache while a thread reads ahead count as read ahead.  They count as used
 * once they are marked as accessed.
 */
#include "readahead.h"
#include "lib/inside.bpf.h"
#include "lib/kernel_folio.h"
#include "lib/task.bpf.h"

ARRAY_TABLE(uses, struct page_use, 1);

/* Pages (folios since 5.16) that were read ahead and have not been used yet. */
struct birth {
	u64 ns;
	u64 pages;
};
HASH(births, u64, struct birth, 131072);

/* One of these calls the other.  Large folios exist since 5.18. */
#define AHEAD(function, bit)                                  \
	KFUNC(function, ())                                   \
	{                                                     \
		return task_wanted() ? inside_begin(bit) : 0; \
	}                                                     \
	INSIDE_END(function, bit)

AHEAD(page_cache_ra_unbounded, 1)
AHEAD(page_cache_ra_order, 2)

static __always_inline struct page_use *use_at(u64 now)
{
	struct page_use *u = table_at(&uses, 0);

	if (u && !u->began)
		u->began = now;
	return u;
}

TRACEPOINT(mm_filemap_add_to_page_cache, added)
{
	u64 folio = ctx[0];
	struct birth birth;
	struct page_use *u;

	if (!inside_any())
		return 0;
	birth.ns = bpf_ktime_get_ns();
	birth.pages = folio_pages(typed, (void *)folio);
	u = use_at(birth.ns);
	if (!u || !map_put(&births, &folio, &birth))
		return 0;
	count_add(&u->read, birth.pages);
	return 0;
}

static __always_inline int used(u64 folio)
{
	struct birth *b = bpf_map_lookup_elem(&births, &folio), birth;
	struct page_use *u;
	u64 now, ms;

	if (!b)
		return 0;
	birth = *b;
	/* If several threads use it, only one is the first. */
	if (bpf_map_delete_elem(&births, &folio))
		return 0;
	now = bpf_ktime_get_ns();
	u = use_at(now);
	if (!u)
		return 0;
	if (birth.ns >= u->began)
		count_add(&u->used, birth.pages);
	ms = (now - birth.ns) / 1000000;
	/* Most are used at once. */
	count_add(&u->ages.slots[ms ? log2_u64(ms) & (HIST_SLOTS - 1) : 0], birth.pages);
	if (ms)
		count_add(&u->ages.sum, ms * birth.pages);
	return 0;
}

#define USED(function)               \
	KFUNC(function, (u64 folio)) \
	{                            \
		return used(folio);  \
	}

USED(folio_mark_accessed)
USED(mark_page_accessed)

/* Its memory will be reused. */
SEC("?raw_tp/mm_filemap_delete_from_page_cache") int removed(u64 *ctx)
{
	u64 folio = ctx[0];

	if (bpf_map_lookup_elem(&births, &folio)) /* takes no lock, and mostly finds none */
		bpf_map_delete_elem(&births, &folio);
	return 0;
}
