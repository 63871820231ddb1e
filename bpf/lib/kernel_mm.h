/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of memory management; see kernel.h. */
#pragma once
#include "types.h"

#define WMARK_MIN  0
#define WMARK_LOW  1
#define WMARK_HIGH 2

enum zone_stat_item { NR_FREE_PAGES };
enum node_stat_item { NR_FILE_PAGES };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kmem_cache {
	const char *name;
	unsigned int size;
};

struct free_area {
	unsigned long nr_free;
};
struct zone {
	unsigned long _watermark[3];
	unsigned long watermark_boost;
	struct pglist_data *zone_pgdat;
	struct free_area free_area[11]; /* or more */
	struct zone_counter {
		s64 n;
	} vm_stat[1];
};
struct pglist_data {
	struct zone node_zones[1];
	int node_id;
};

#pragma clang attribute pop
