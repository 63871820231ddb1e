/* SPDX-License-Identifier: BSD-2-Clause */
/* Percentiles of what BPF counted with fine_slot() of lib/map.bpf.h. */
#pragma once
#include "lib/types.h"
#include "opt.h"

/* Those that the user asked for, as they were written, in this order; values from 0 to 100. */
extern struct percentile {
	const char *text;
	double value;
} percentiles[64];
extern int n_percentiles;

#define OPT_PERCENTILES(k, n)                       \
	OPT_CALL(k, n, "PCT,...", percentiles_only, \
		 "Percentiles (default: 1,5,10,16,25,50,75,84,90,95,99,100)")
void percentiles_only(const char *arg);
/* For .parsed: the default, if the user asked for none. */
void percentiles_parsed(void);

/*
 * The least value that PCT per cent of those counted are not above: the middle of its slot.
 * False if there are none.
 */
bool percentile(const u64 counts[FINE_SLOTS], double pct, u64 *value);
/* The least value that a slot counts; of the slot after the last one, too. */
u64 fine_low(u32 slot);
/* How many values were counted. */
u64 fine_count(const u64 counts[FINE_SLOTS]);

/* "123us", "1.2ms", "12ms" or "1.2s", as BCC's biolatpcts writes durations. */
#define DURATION_LEN 24
void duration_short(char to[DURATION_LEN], u64 ns);
