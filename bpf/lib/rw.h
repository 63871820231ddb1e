/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads and writes of files: what both halves of the tools that count them share. */
#pragma once
#include "types.h"

struct rw_counts {
	u64 reads, writes;
	u64 rbytes, wbytes; /* moved, not asked for */
};
