/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

/* One report; numbers are of pages. */
struct pages {
	struct page_use {
		u64 began;        /* of the interval, as BPF sees it */
		u64 read;         /* ahead */
		u64 used;         /* of those */
		struct hist ages; /* in milliseconds, of all that were first used */
	} v;
};
