/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A flame graph of rows that are no stacks, and how they differ from those of an earlier run: --flamegraph FILE and
 * --compare FILE (timeledger is the model).
 */
#pragma once
#include "base/opt.h"
#include "base/rec.h"

extern struct names_show {
	const char *unit; /* what is counted, for the graph */
	/* For --compare: the JSON field that has it, and how much of that is one of the unit. */
	const char *counted;
	u32 per;
	/*
	 * The fields that are then a row's names, root first, with blanks between them: without numbers of processes,
	 * which differ from run to run.  One that is null is left out.
	 */
	const char *fields;
	bool folded; /* the user asked for one line per row */
} names_show;

#define OPT_NAMES                                                                                 \
	OPT_CALL(0, "flamegraph", "FILE", names_flamegraph,                                       \
		 "Also write a flame graph to this SVG file"),                                    \
		OPT_CALL(0, "compare", "FILE", names_compare,                                     \
			 "Also show how this differs from an earlier run, which wrote this file " \
			 "with --json and the same options")
void names_flamegraph(const char *path);
void names_compare(const char *path);
/* For .keep; NAMES are those of a graph without --compare. */
void names_keep(struct rec, const char *const *names, size_t n, u64 count);
/* For .row, with names_show.folded; with --compare such lines come at the end, of both runs. */
void names_folded(const char *const *names, size_t n, u64 count);

/* For the library: before loading, and after the last report. */
void names_prepare(void);
void names_end(void);
