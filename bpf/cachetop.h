/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/page_counts.h"

/* One row: a map entry, the key followed by the value. */
struct process {
	struct process_key {
		u32 pid, uid;
		char comm[COMM_LEN];
	} k;
	struct page_counts v;
};
