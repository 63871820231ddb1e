/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

/* A row: the key, followed by the value. */
struct swapin {
	struct swapin_key {
		char comm[COMM_LEN];
		u32 pid, pad;
	} key;
	struct {
		u64 count;
	} v;
};
