/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "types.h"

/* Which CPU the user chose; common/domain/matches.h. */
struct matches_cpu {
	bool set;
	u32 cpu;
};
