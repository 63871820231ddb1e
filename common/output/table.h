/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports of what BPF programs count in a map. */
#pragma once
#include "lib/types.h"
#include <bpf/libbpf.h>

struct tool;
struct opt;

/* What the library does for a tool with a table.  Only ENTRIES() refers to it, so other tools don't link it. */
extern const struct table_ops {
	const struct opt *opts;
	void (*init)(void); /* all options are known */
	void (*loaded)(struct bpf_object *, const struct tool *);
	void (*discard)(void); /* drop what was counted before tracing began */
	void (*report)(void);
	void (*replayed)(char *recs, size_t n);
} table_ops;

/*
 * Take all entries out of the tool's table between two reports: an array of *n records to free(),
 * with room for one more.
 */
char *table_drain(size_t *n);

/* Drain, sort and print, in the style of the tool's .report. */
void table_report(void);

/* What a report as text begins with, above the header. */
void table_titles(void);

/* For .begin: the banner of BCC's interval tables. */
void table_begin(void);
