/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/lang.h"

/* A row: what a process did. */
struct activity {
	u32 pid, pad;
	struct {
		u64 methods, gcs, objects, classes, exceptions, threads;
		char comm[COMM_LEN]; /* of the first thread that was seen */
	} v;
};
