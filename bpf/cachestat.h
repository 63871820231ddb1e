/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/page_counts.h"

/* The only entry of the map. */
struct cachestat {
	u64 zero;
	struct page_counts v;
};
