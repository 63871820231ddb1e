/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/block.h"

struct flush_event {
	u64 ts;
	u32 pid;
	char comm[COMM_LEN];
	char disk[DISK_NAME_LEN];
};
