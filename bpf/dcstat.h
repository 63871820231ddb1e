/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

/* The only entry of the map. */
struct dcstat {
	u64 zero;
	struct lookups {
		u64 refs, slow, missed; /* all; not by the lockless walk; not in the cache */
	} v;
};
