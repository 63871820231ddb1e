/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reads and writes of files: shared by both halves of the tools that count them. */
#pragma once
#include "types.h"

struct rw_counts {
	u64 reads, writes;
	u64 rbytes, wbytes; /* actually moved, not requested */
};
