/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool all;
};

#define NAME_LEN 256 /* with its NUL */

struct lookup_event {
	u64 ts;
	u32 pid, tid;
	char comm[COMM_LEN];
	char type; /* 'M': not in the cache, 'R': looked up */
	char name[NAME_LEN];
};
