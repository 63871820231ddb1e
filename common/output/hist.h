/* SPDX-License-Identifier: BSD-2-Clause */
/* Histograms in BCC's layouts. */
#pragma once
#include "output/out.h"

/* Powers of two, in the layout of BCC's print_log2_hist(); prints nothing if the histogram is empty. */
void hist_text(const struct hist *, const char *unit);
/* COUNTS[i] of each value i below N, or of those from i * step on. */
struct hist_linear {
	const u64 *counts;
	u32 n;
	u32 step;     /* 0 is 1 */
	bool is_open; /* the last one also counts what is larger */
};
/* In the layout of BCC's print_linear_hist(); what can't be shown of UNIT is escaped. */
void hist_linear_text(const struct hist_linear *, const char *unit);
/* The same as a cell of JSON, like that of a struct hist; it points to the struct. */
struct value hist_linear_value(const struct hist_linear *);
/*
 * Like BCC's print_json_hist(), which prints a Python dictionary, but without the closing
 * brace, so that more keys can follow.
 */
void hist_python_begin(const struct hist *, const char *unit);
void hist_python_key(const char *key, const char *value, size_t len);
/* How many values were added. */
u64 hist_count(const struct hist *);
/* BCC's line of the average, total and number of all values; nothing if there were none.  TOTAL is in units. */
void hist_total_text(u64 total, u64 count, const char *unit);
/* The same for a COL_OF() the struct hist. */
struct value hist_values(const void *hist);
