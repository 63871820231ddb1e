/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

/* The kernel doesn't count runs of programs that replace functions of others: so many we count. */
#define BEHIND_MAX 256

/* On a CPU. */
struct behind {
	u64 began, runs, ns;
};

/* Counters of the processor, of so many kinds, are read where so many programs begin and end. */
#define COUNTERS    8
#define COUNTED_MAX 64

struct conf {
	u32 counters; /* as many as are read, at places 0, 1 ... */
	u32 cpus;     /* a counter's place has so many elements of the map */
};

/* On a CPU. */
struct counted {
	u64 began; /* 1: at[] has what the counters were then */
	u64 at[COUNTERS];
	u64 runs, sums[COUNTERS];
};

/* Why a program's counters are not read; 0: they are. */
enum not_counted { COUNTED, NO_BTF, TRACING, REPLACED, REFUSED, TOO_MANY };

/* A program: the record. */
struct prog_use {
	struct {
		u32 id, type;
	} k;
	struct {
		u64 runs, ns, misses; /* in the interval */
		u64 map_bytes, code_bytes;
		u64 counted,
			counts[COUNTERS]; /* runs of which the counters were read, and all of these */
		u32 maps, pid, holders;   /* holders: processes that hold it; pid is one of them */
		u32 behind;     /* the ID of the program of which it replaces a function, or 0 */
		u32 uid;        /* who loaded it */
		u8 uncounted;   /* nobody counts its runs */
		u8 not_counted; /* enum not_counted */
		char comm[COMM_LEN], name[64], pinned[128], attached[160];
	} v;
};
