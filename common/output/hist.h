/* SPDX-License-Identifier: BSD-2-Clause */
/* Histograms in BCC's layout, and as JSON. */
#pragma once
#include "output/out.h"

/* Powers of two, as print_log2_hist() of BCC lays them out; nothing if empty. */
void hist_text(const struct hist *, const char *unit);
/* COUNTS[0..n) of the values 0..n-1, as BCC's print_linear_hist(). */
void hist_linear_text(const u64 *counts, u32 n, const char *unit);
/* [{"lo":0,"hi":1,"count":3},...]: the buckets that are not empty. */
void hist_json(const struct hist *);
/*
 * As print_json_hist() of BCC, which prints a Python dictionary: without its last
 * brace, so that keys can follow.
 */
void hist_python_begin(const struct hist *, const char *unit);
void hist_python_key(const char *key, const char *value, size_t len);
/* How many values were added. */
u64 hist_count(const struct hist *);
/* The same as a column, with FIELD(type, the struct hist). */
void out_hist_count(struct out *, const void *rec);
