/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* How often a function or another probe was hit; common/domain/probe_counts.h. */
#pragma once
#include "types.h"

struct hits {
	u32 id; /* of the function: index into the pattern's names */
	u64 v;
};
