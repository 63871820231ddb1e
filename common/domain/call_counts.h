/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tools share that count calls by name: syscount, ppchcalls. */
#pragma once
#include "main/tool.h"

/* -m: times are in milliseconds. */
extern bool call_counts_ms;

/* A cell: a time in nanoseconds, shown in microseconds or, with -m, in milliseconds. */
struct value call_counts_took(const void *u64_ns);
/* What .begin prints about calls of WHAT; ONLY: the one call that is counted, or NULL. */
void call_counts_begin(const char *what, bool failed, const char *only);
/* What stands before and after a report. */
void call_counts_report_begin(void), call_counts_report_end(void);
/* Sort N names, print four in a line, each of them WIDTH columns wide, and exit. */
__attribute__((noreturn)) void call_counts_list(const char **names, size_t n, int width);
