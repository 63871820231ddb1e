/* SPDX-License-Identifier: BSD-2-Clause */
/* For tools that trace reads and writes of files (lib/rw.bpf.h), and for tables of these. */
#pragma once
#include "lib/rw.h"
#include "main/tool.h"

/* What to trace: both, unless a tool changes these before the probes are chosen. */
extern bool rw_reads, rw_writes;

#define RW_PROBES                                                                       \
	{ "reads", { "vfs_read" }, .wanted = &rw_reads },                               \
		{ "readv(2)", { "vfs_readv" }, .optional = true, .wanted = &rw_reads }, \
		{ "writes", { "vfs_write" }, .wanted = &rw_writes },                    \
	{                                                                               \
		"writev(2)", { "vfs_writev" }, .optional = true, .wanted = &rw_writes   \
	}

/* Columns of the struct rw_counts in field M of struct TYPE.  W is the width of the KiB columns. */
#define RW_COLS(type, m, w)                                                      \
	{ COL("READS", -6, type, m.reads), HELP("Number of reads") },            \
		{ COL("WRITES", -6, type, m.writes), HELP("Number of writes") }, \
		{ COL_AS(kind_kib, "R_Kb", w, type, m.rbytes), KEY("rbytes"),    \
		  HELP("Amount read, in KiB (JSON: rbytes, in bytes)") },        \
	{                                                                        \
		COL_AS(kind_kib, "W_Kb", w, type, m.wbytes), KEY("wbytes"),      \
			HELP("Amount written, in KiB (JSON: wbytes, in bytes)")  \
	}

#define OPT_RW_TOP                                                   \
	OPT_TOP, OPT_ROWS(0, "maxrows", "The same as --rows"),       \
		OPT_CHOICE('s', "sort", "FIELD", &rw_sort, rw_sorts, \
			   "Sort by all (the sum of the others), reads, writes, rbytes or wbytes")
extern u32 rw_sort;
extern const char *const rw_sorts[];
/* For .compare: the largest first. */
int rw_compare(const struct rw_counts *, const struct rw_counts *);
/* The header of the column that rw_compare() sorts by, or NULL. */
const char *rw_sorted_by(void);
/* For .parsed. */
void rw_parsed(void);
