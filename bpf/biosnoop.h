/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/block.h"

struct conf {
	bool pattern; /* compare with the end of the disk's last request */
	u64 min_ns;   /* only requests that took at least this long */
};

enum pattern { UNKNOWN, SEQUENTIAL, RANDOM };

struct bio_event {
	u64 ts;                   /* of completion */
	u64 queued_ns, device_ns; /* time before and after issue */
	u64 sector;
	u32 bytes;
	u32 flags; /* cmd_flags */
	u32 op;
	u32 dev;  /* major << 20 | minor */
	u32 pid;  /* with known: */
	u8 known; /* 0 or 1 */
	u8 pattern;
	char comm[COMM_LEN];
	char disk[DISK_NAME_LEN];
};
