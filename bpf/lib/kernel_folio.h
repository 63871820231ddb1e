/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of the page cache. */
#pragma once
#include "kernel.h"

enum pageflags { PG_head = 6 }; /* relocated */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Since 5.16; before that, a page cache consists of pages. */
struct folio {
	unsigned long flags;
	unsigned int _folio_nr_pages; /* until 6.14 */
};
struct folio___6_15 {
	unsigned int _nr_pages;
};
struct memdesc_flags {
	unsigned long f;
};
struct folio___6_18 {
	struct memdesc_flags flags;
};

#pragma clang attribute pop

/* How many pages a folio (or, of old, a page) has. */
static __always_inline u64 folio_pages(void *p)
{
	struct folio *folio = p;
	struct folio___6_15 *newer = p;
	struct folio___6_18 *newest = p;
	u64 flags;

	if (!bpf_core_type_exists(struct folio))
		return 1;
	flags = bpf_core_field_exists(newest->flags.f) ? BPF_CORE_READ(newest, flags.f)
						       : BPF_CORE_READ(folio, flags);
	if (!(flags >> bpf_core_enum_value(enum pageflags, PG_head) & 1))
		return 1;
	return bpf_core_field_exists(newer->_nr_pages) ? BPF_CORE_READ(newer, _nr_pages)
						       : BPF_CORE_READ(folio, _folio_nr_pages);
}
