/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "types.h"

/* What lib/page_cache.bpf.h counts: pages of the page cache. */
struct page_counts {
	u64 read;     /* that programs read or mapped */
	u64 read_in;  /* that came into the cache for that, including readahead */
	u64 meta;     /* disk blocks that file systems looked up for their own use */
	u64 meta_in;  /* ... for which there was no page yet */
	u64 dirtied;  /* that were clean, and are now to be written to disk */
	u64 write_in; /* that came into the cache to be written */
};
