/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/rw.h"

#define DIRS_MAX 64 /* a power of two */

struct conf {
	u32 n;
	struct dir_id dirs[DIRS_MAX];
};

/* One row. */
struct dir_use {
	u32 dir; /* index in conf.dirs */
	struct rw_counts v;
};
