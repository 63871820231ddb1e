/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For user space: the user stacks that user_walk.bpf.h stores. */
#pragma once
#include "types.h"

#define WALK_FRAMES 127
struct user_walk {
	u32 n, pad; /* frames; 0: not complete yet */
	u64 addrs[WALK_FRAMES];
};
