/* SPDX-License-Identifier: BSD-2-Clause */
/* Records, whether they come one by one from the ring buffer or from a table. */
#pragma once
#include "base/rec.h"

/* After the options are known. */
void records_init(void);
struct out;
/* The header above a stream of events, or of one-row reports; of .cols, or of .alt_cols. */
void records_head(bool alt);
/* Which of the two is a record's? */
bool record_is_alt(struct rec);
/* A record as a row, without a header. */
void record_row(struct rec);
/* The same for a record of that time. */
void record_row_at(struct rec, u64 mono_ns);
/* The columns of one of the two tables; NULL if the tool has no second one. */
struct out *records_out(bool alt);
/* Print one event.  If it is damaged, the tool exits. */
void record_print(struct rec);
/* Report a damaged event, and exit. */
__attribute__((noreturn)) void record_damaged(void);
/* Print a record with a histogram as text: its keys, then the histogram. */
void record_print_hist(struct rec);
/* Print a report: header and rows of each column table that has records, or histograms. */
void records_print(const char *recs, size_t n);
