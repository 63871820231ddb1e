/* SPDX-License-Identifier: BSD-2-Clause */
/* For tools whose BPF program includes lib/page_cache.bpf.h. */
#pragma once
#include "lib/page_counts.h"
#include <bpf/libbpf.h>

/* Rows of their .probes. */
#define PAGE_CACHE_PROBES                                                                    \
	{ "reads", { "filemap_read", "generic_file_buffered_read" } },                       \
		{ "reads by splice",                                                         \
		  { "filemap_splice_read", "filemap_read", "generic_file_buffered_read" } }, \
		{ "reads of mapped files", { "filemap_fault" } },                            \
		{ "reads of mapped files that are cached",                                   \
		  { "filemap_read filemap_map_pages" },                                      \
		  .optional = true },                                                        \
		{ "file systems' own blocks",                                                \
		  { "bdev_getblk", "__getblk_gfp" },                                         \
		  .optional = true },                                                        \
		{ "pages being cached", { "filemap_add_folio", "add_to_page_cache_lru" } },  \
	{                                                                                    \
		"pages being written",                                                       \
		{                                                                            \
			"folio_dirtied", "page_dirtied"                                      \
		}                                                                            \
	}

/* For .prepare: tells the BPF program of this kernel's numbers. */
void page_cache_prepare(void *skel);

/*
 * A read hits unless its page came in for it.  More can have come in than was read,
 * by readahead: as far as it is, those are the misses.
 */
u64 page_misses(const struct page_counts *);
u64 page_hits(const struct page_counts *);
/* Of these, the blocks that file systems read for themselves. */
u64 page_misses_own(const struct page_counts *);
u64 page_hits_own(const struct page_counts *);

/* A line of /proc/meminfo ("Cached"), in bytes; 0 in a replay. */
u64 meminfo(const char *name);
