/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	s32 cpu; /* this CPU only, -1: all */
};

struct hits {
	u32 id; /* of the function: index into the pattern's names */
	u64 v;
};
