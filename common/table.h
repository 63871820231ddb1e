/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports of what BPF gathered in a map. */
#pragma once
#include "lib/types.h"
#include <bpf/libbpf.h>

/* The library's: before loading and after it, for a tool whose .map is set. */
void table_prepare(struct bpf_object *, const char *map);
void table_loaded(struct bpf_object *, const char *map);

/*
 * Take all entries out of the table, as records: key and value side by side.
 * No update is lost or counted twice.  Returns an array of *n records to free().
 * If the map is a per-CPU array of one or more u64 counters: the elements that grew
 * since the last time, as index and growth; with REPORT_ROWS, all elements.
 * Of an ARRAY_TABLE() the elements that are not all zero, which are the records.
 */
void *table_drain(size_t key_size, size_t rec_size, size_t *n);

/* Drain, sort and print in the manner of the tool's .report. */
void table_report(void);

/* For .begin: the banner of BCC's interval tables. */
void table_begin(void);
