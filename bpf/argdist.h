/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

#define ARGDIST_SPECS 64
/* The key of a row: longer ones are not made on the stack, and 5.10 refuses those above the most. */
#define ARGDIST_KEY      64
#define ARGDIST_KEY_MOST 512
/* Of a histogram with equal buckets; the last one also counts what is larger. */
#define ARGDIST_BUCKETS 1024

struct conf {
	bool ids;     /* task_ids() is used */
	u32 key_size; /* of rows */
	u32 step;     /* how wide histograms' buckets are; 0: powers of two */
	struct {
		u32 counters, first; /* how many, from which on; 0: it has rows instead */
	} specs[ARGDIST_SPECS];
};

/* A row is this, then its values as gen_values() writes them, and then a u64, the count.  All of them are as long. */
struct argdist_row {
	u32 spec; /* which of those on the command line */
	u32 pad;
	u64 values[];
};

/* What is counted without a key: hits, or those of a bucket. */
struct argdist_counter {
	u32 at, pad;
	u64 v;
};
