/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of the tools that trace the page cache; see kernel.h. */
#pragma once
#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct address_space {
	struct inode *host;
};
struct kiocb {
	s64 ki_pos;
};

enum pageflags { PG_head };

/* Since 5.16; what it begins with is the page. */
struct folio {
	u32 _nr_pages; /* since 6.15 */
};
/* from 6.1 to 6.14 */
struct folio___6_1 {
	u32 _folio_nr_pages;
};
/* from 5.16 to 6.0 the second page of a folio knows */
struct page {
	u32 compound_nr;
};

#pragma clang attribute pop
