/* SPDX-License-Identifier: BSD-2-Clause */
/* Percentiles of durations, in ns, that BPF counted with fine_slot() of lib/map.bpf.h. */
#pragma once
#include "base/opt.h"
#include "lib/types.h"
#include "output/value.h"

#define OPT_PERCENTILES(k, n)                       \
	OPT_CALL(k, n, "PCT,...", percentiles_only, \
		 "Percentiles (default: 1,5,10,16,25,50,75,84,90,95,99,100)")
void percentiles_only(const char *arg);
/* For .parsed: sets the default if the user gave none. */
void percentiles_parsed(void);

/*
 * The smallest duration that PCT percent of the counted ones do not exceed, as the middle of its
 * slot.  False if none was counted.
 */
bool percentile(const u64 counts[FINE_SLOTS], double pct, u64 *ns);
/* How many durations were counted. */
u64 fine_count(const u64 counts[FINE_SLOTS]);

/* Seconds by percentile: {"50":0.000123,...}; null if there are none.  Valid until the next call. */
struct value percentiles_value(const u64 counts[FINE_SLOTS]);
/* A table in the layout of BCC's biolatpcts: the header, and a row ("123us", "1.2ms", "-" if none). */
void percentiles_head(const char *title);
void percentiles_row(const char *name, struct value percentiles);
/* A line for each slot that is not empty. */
void fine_text(const char *name, const u64 counts[FINE_SLOTS]);
