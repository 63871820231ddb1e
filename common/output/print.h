/* SPDX-License-Identifier: BSD-2-Clause */
/* Records, whether they come one by one from the ring buffer or from a table. */
#pragma once
#include "lib/types.h"
#include <stddef.h>

/* After the options are known. */
void records_init(void);
/* The header of a stream: of events, or of reports of one row. */
void records_head(void);
/* One event of SIZE bytes.  One that is damaged ends the tool. */
void record_print(const void *rec, size_t size);
/* It is: says so, and exits. */
__attribute__((noreturn)) void record_damaged(void);
/* The text of a record with a histogram: its keys as the columns say, then the histogram. */
void record_print_hist(const void *rec);
/* A report: headers and rows of each column table that has records, or histograms. */
void records_print(const char *recs, size_t n);
