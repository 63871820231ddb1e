/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool all; /* not only regular files */
	u64 min_ns;
};

struct slow_event {
	u64 ts, ns;
	s64 ret; /* bytes, or a negative errno */
	u64 ino;
	u32 pid, tid;
	u32 mode;
	u32 write;
	char comm[COMM_LEN];
	char name[256];
};
