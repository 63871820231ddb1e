/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

/* One report, in pages. */
struct pages {
	struct page_use {
		u64 began;        /* start of the interval, as BPF sees it */
		u64 read;         /* ahead */
		u64 used;         /* of these */
		struct hist ages; /* at first use, in milliseconds */
	} v;
};
