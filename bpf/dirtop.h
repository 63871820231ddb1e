/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/rw.h"

struct conf {
	u32 n;
	u64 inos[64]; /* as many as DIRS_MAX of lib/dirs.bpf.h */
};

/* One row. */
struct dir_use {
	u32 dir; /* index in conf.dirs */
	struct rw_counts v;
};
