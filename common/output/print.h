/* SPDX-License-Identifier: BSD-2-Clause */
/* Records, whether they come one by one from the ring buffer or from a table. */
#pragma once
#include "base/rec.h"

/* After the options are known. */
void records_init(void);
/* The header above a stream of events, or of one-row reports. */
void records_head(void);
/* Print one event.  If it is damaged, the tool exits. */
void record_print(struct rec);
/* Report a damaged event, and exit. */
__attribute__((noreturn)) void record_damaged(void);
/* Print a record with a histogram as text: its keys, then the histogram. */
void record_print_hist(struct rec);
/* Print a report: header and rows of each column table that has records, or histograms. */
void records_print(const char *recs, size_t n);
