// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cachestat.h"
#include "lib/counts.bpf.h"
#include "lib/map.bpf.h"

COUNTS(struct page_counts, page_counts_get)

#include "lib/page_cache.bpf.h"
