/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A terminal to draw on, for tools that say "LIBS: ncursesw" (see the Makefile).
 * While we have it, text gathers as usual, but is painted instead of written.
 */
#pragma once
#include "base/rec.h"
#include "lib/types.h"

/* Take the terminal.  False if there is none, or (with a warning) none that we can draw on. */
bool screen_begin(void);
/* Show the gathered text as far as it fits, with the second line in reverse video. */
void screen_paint(void);
/* The next key that was pressed, or a negative number. */
int screen_key(void);
/* Give the terminal back as it was.  exit(3) also does this. */
void screen_end(void);

/*
 * A report of a map's entries, as in top(1).  On a terminal it stays visible until the next one, and
 * keys change it: < and > change the sort column, r reverses the order, q ends the tool.
 * Elsewhere, with --json, and while a command has the terminal, reports are plain.
 */
struct screen_table {
	u32 sort; /* index in SORTS, which is for OPT_CHOICE(): .compare of the tool looks at it */
	bool ascending;
	const char *const *sorts;
	void (*title)(void); /* a line of text above the header */
};

/* The tool calls this once its options are known. */
void screen_table_use(struct screen_table *);
/* The tool's hooks. */
#define SCREEN_TABLE                                                                               \
	.keep = screen_keep, .report_begin = screen_report_begin, .report_end = screen_report_end, \
	.side_open = screen_side_open, .side_read = screen_side_read, .end = screen_end
bool screen_keep(struct rec);
void screen_report_begin(void);
void screen_report_end(void);
int screen_side_open(void);
void screen_side_read(void);
