/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/fs.h"
#include "lib/types.h"

struct conf {
	u64 min_ns; /* only operations slower than this, 0: all */
};

struct fs_event {
	u64 ts, ns;      /* when it ended, how long it took */
	s64 offset, ret; /* in the file; the operation's result */
	u32 pid, op;
	char comm[COMM_LEN];
	char file[256];
};
