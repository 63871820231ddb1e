/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counts what happens in the page cache, in pages: see struct page_counts.
 * The including program defines
 *	static struct page_counts *page_counts_get(void)
 * that returns where to count for the current task, or NULL.
 *
 * We see a read when it is done, with its number of bytes.  mark_page_accessed() would be
 * one place for nearly all accesses, but it runs once per large folio even if one page of
 * it was read, and also for anonymous memory and at munmap(2).
 */
#pragma once
#include "kernel_folio.h"
#include "kernel_fs.h"
#include "page_counts.h"
#include "probe.bpf.h"

/* common/domain/pagecache.c sets these. */
const volatile u32 page_shift = 12, gfp_write, gfp_noretry;

#define page_count(field, n)                                 \
	({                                                   \
		struct page_counts *__c = page_counts_get(); \
		if (__c)                                     \
			count_add(&__c->field, n);           \
		0;                                           \
	})

static __always_inline int bytes_read(s64 end, s64 bytes)
{
	if (bytes <= 0)
		return 0;
	return page_count(read, ((end - 1) >> page_shift) - ((end - bytes) >> page_shift) + 1);
}

/* read(2) and the like.  ALREADY is what direct I/O has read before. */
KFUNC_RET(filemap_read, (struct kiocb * iocb, void *iter, s64 already), s64 bytes)
{
	return bytes_read(ARG_READ(iocb, ki_pos), bytes - already);
}

/* The same, until 5.11. */
KFUNC_RET(generic_file_buffered_read, (struct kiocb * iocb, void *iter, s64 already), s64 bytes)
{
	return bytes_read(ARG_READ(iocb, ki_pos), bytes - already);
}

/* Since 6.5.  Before, splice(2) and sendfile(2) used the function above. */
KFUNC_RET(filemap_splice_read, (void *file, s64 *pos), s64 bytes)
{
	s64 end = 0;

	bpf_probe_read_kernel(&end, sizeof(end), pos);
	return bytes_read(end, bytes);
}

#define VM_FAULT_NOPAGE 0x100
#define VM_FAULT_FAILED 0xc73 /* VM_FAULT_ERROR, and RETRY, which is tried again */

/* A page of a mapped file was not mapped, or is written for the first time. */
KFUNC_RET(filemap_fault, (void *vmf), u64 result)
{
	return result & VM_FAULT_FAILED ? 0 : page_count(read, 1);
}

/* Tried before that: map the page and its neighbours if they are cached.  Returns nothing until 5.11. */
KFUNC_RET(filemap_map_pages, (void *vmf), u64 result)
{
	return result & VM_FAULT_NOPAGE ? page_count(read, 1) : 0;
}

KFUNC(bdev_getblk, (void *bdev))
{
	return page_count(meta, 1);
}

/* The same, until 6.6. */
KFUNC(__getblk_gfp, (void *bdev))
{
	return page_count(meta, 1);
}

#define S_IFMT  0170000
#define S_IFREG 0100000
#define S_IFBLK 0060000

/* GFP tells why a page is added.  Only a disk's cache has pages for file systems' own use. */
static __always_inline int added(const bool typed, struct address_space *mapping, u32 pages,
				 u32 gfp)
{
	struct inode *host = ARG_READ(mapping, host);
	u32 type = ARG_READ(host, i_mode) & S_IFMT;

	if (type != S_IFREG && type != S_IFBLK)
		return 0;
	if (gfp & gfp_write)
		return page_count(write_in, pages);
	if (type == S_IFREG || gfp & gfp_noretry) /* readahead */
		return page_count(read_in, pages);
	return page_count(meta_in, pages);
}

KFUNC_RET(filemap_add_folio,
	  (struct address_space * mapping, struct folio *folio, void *index, u64 gfp), int err)
{
	return err ? 0 : added(typed, mapping, folio_pages(typed, folio), gfp);
}

/* Until 5.15.  Until 5.11, a read at the end of a file caches a page beyond it. */
KFUNC_RET(add_to_page_cache_lru, (void *page, struct address_space *mapping, u64 index, u64 gfp),
	  int err)
{
	struct inode *host = ARG_READ(mapping, host);
	bool beyond = index << page_shift >= (u64)ARG_READ(host, i_size);

	return err || (beyond && !(gfp & gfp_write)) ? 0 : added(typed, mapping, 1, gfp);
}

TRACEPOINT(writeback_dirty_folio, folio_dirtied)
{
	return page_count(dirtied, folio_pages(typed, (void *)ctx[0]));
}

/* Until 5.17. */
TRACEPOINT(writeback_dirty_page, page_dirtied)
{
	return page_count(dirtied, 1);
}
