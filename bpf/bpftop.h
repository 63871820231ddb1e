/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

/* The kernel doesn't count runs of programs that replace functions of others: so many we count. */
#define BEHIND_MAX 256

/* On a CPU. */
struct behind {
	u64 began, runs, ns;
};

/* A program: the record. */
struct prog_use {
	struct {
		u32 id, type;
	} k;
	struct {
		u64 runs, ns, misses; /* in the interval */
		u64 map_bytes, code_bytes;
		u32 maps, pid, holders; /* holders: processes that hold it; pid is one of them */
		u32 behind;   /* the ID of the program of which it replaces a function, or 0 */
		u32 uid;      /* who loaded it */
		u8 uncounted; /* nobody counts its runs */
		char comm[COMM_LEN], name[64], pinned[128], attached[160];
	} v;
};
