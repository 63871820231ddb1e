/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables as in top(1).  On a terminal, a report fills the screen until the next one, and keys change it:
 * < and > (or the arrows) choose the column to sort by, r reverses the order, q ends the tool.  Reports are
 * plain text elsewhere, with --json, --once and --noclear, and while a command has the terminal.  What the
 * last report says stays on the terminal when the tool ends.
 *
 * A tool has this if it says TOP_SCREEN, and "LIBS: ncursesw" (see the Makefile).
 */
#pragma once
#include "base/rec.h"
#include "lib/types.h"

#define TOP_SCREEN .report = REPORT_TOP, .screen = &screen_ops

/*
 * For .parsed: .compare sorts by the column with this header (NULL: by no single one), as it will until
 * a key is pressed.
 */
void screen_sorted_by(const char *header, bool ascending);
/* How a report is sorted now, for a tool that says it: the header, or NULL. */
const char *screen_sort(void);
bool screen_ascending(void);

/* For the library. */
extern const struct screen_ops {
	/* Take the terminal, and return a file that tells when a key is pressed.  -1 if reports are plain. */
	int (*begin)(void);
	/* Keys have been pressed, or the terminal has another size. */
	void (*keys)(void);
	/* Show N records, which .compare has sorted.  False if reports are plain. */
	bool (*report)(const char *recs, size_t n);
	/* Give the terminal back as it was.  exit(3) also does this. */
	void (*end)(void);
} screen_ops;
