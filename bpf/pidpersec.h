/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct pidpersec {
	u32 index, pad;
	struct new_pids {
		u64 all, threads; /* threads: those that share their creator's process */
	} v;
};
