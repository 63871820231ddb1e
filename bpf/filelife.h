/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool full_path;
};

#define NAMES_LEN 4096

struct life_event {
	u64 ts;
	u64 age; /* ns */
	u32 pid, tid;
	char comm[COMM_LEN];
	u32 replaced;                /* another file took its name */
	char names[NAMES_LEN + 256]; /* the file's, then its directories', innermost first */
	u32 len;                     /* of them; only for BPF, not sent */
};
