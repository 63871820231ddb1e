/* SPDX-License-Identifier: BSD-2-Clause */
/* For tools whose BPF program includes lib/page_cache.bpf.h. */
#pragma once
#include "lib/page_counts.h"
#include <bpf/libbpf.h>

/* Rows for .probes. */
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

/* For .prepare: passes this kernel's numbers to the BPF program. */
void page_cache_prepare(void *skel);

/*
 * A read is a hit unless its page had to be brought in.  Readahead can bring in more pages
 * than are read, so the misses are at most the number of reads.
 */
u64 page_misses(const struct page_counts *);
u64 page_hits(const struct page_counts *);
/* The misses and hits on blocks that file systems read for their own use. */
u64 page_misses_own(const struct page_counts *);
u64 page_hits_own(const struct page_counts *);

/* A line of /proc/meminfo ("Cached"), in bytes; 0 in a replay. */
u64 meminfo(const char *name);
