/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of the page cache. */
#pragma once
#include "kernel.h"

enum pageflags { PG_head = 6 }; /* relocated */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct address_space {
	struct inode *host;
};

/* Since 5.16; before that, a page cache consists of pages.  Both begin with flags. */
struct folio {
	u32 _nr_pages; /* since 6.15 */
};
/* from 6.1 to 6.14 */
struct folio___6_1 {
	u32 _folio_nr_pages;
};
/* from 5.16 to 6.0, in the second page of a folio */
struct page {
	u32 compound_nr;
};

#pragma clang attribute pop

/* How many pages a folio (on old kernels, a page) has.  TYPED: the verifier knows the pointer's type. */
static __always_inline u32 folio_pages(const bool typed, void *p)
{
	struct folio *folio = p;
	struct folio___6_1 *old = p;
	u64 flags = 0;

	if (!bpf_core_type_exists(struct folio))
		return 1;
	/* As a number: 6.18 gave flags a type of their own. */
	if (typed)
		flags = *(u64 *)p;
	else
		bpf_probe_read_kernel(&flags, sizeof(flags), p);
	if (!(flags >> bpf_core_enum_value(enum pageflags, PG_head) & 1))
		return 1;
	if (bpf_core_field_exists(folio->_nr_pages))
		return BPF_CORE_READ(folio, _nr_pages);
	if (bpf_core_field_exists(old->_folio_nr_pages))
		return BPF_CORE_READ(old, _folio_nr_pages);
	if (bpf_core_field_exists(((struct page *)0)->compound_nr)) {
		struct page *second = p + bpf_core_type_size(struct page);

		return BPF_CORE_READ(second, compound_nr);
	}
	return 1;
}
