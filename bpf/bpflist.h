/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define TYPE_LEN 16

/* What a process holds: the record. */
struct holding {
	struct {
		u32 pid;
		char type[TYPE_LEN];
	} k;
	struct {
		u64 count;
		u32 lines;           /* of tracefs, that name it */
		char comm[COMM_LEN]; /* empty: the process is gone */
	} v;
};
