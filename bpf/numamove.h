/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct numamove {
	u32 index, pad;
	struct moves {
		u64 calls, failed, ns;
	} v;
};
