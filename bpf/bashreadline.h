/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool any_name; /* also of processes that are not called bash */
};

#define LINE_LEN       16384 /* with the NUL */
#define SHORT_LINE_LEN 256

struct line_event {
	u64 ts;
	u32 pid, uid;
	char comm[COMM_LEN];
	u32 cut;             /* 0 or 1 */
	char line[LINE_LEN]; /* what is sent may be longer than the string */
};
