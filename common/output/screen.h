/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A terminal to draw on, for tools that say "LIBS: ncursesw" (see the Makefile).
 * While it is taken, text gathers as ever, and is painted instead of written.
 */
#pragma once
#include "lib/types.h"

/* Take the terminal; false: there is none, or, said on stderr, none that can be drawn on. */
bool screen_begin(void);
/* Show what has gathered, as far as it fits; the second line in reverse video. */
void screen_paint(void);
/* The next key that was pressed, or negative. */
int screen_key(void);
/* Give the terminal back, as it was.  exit(3) does, too. */
void screen_end(void);

/*
 * A report of a map's entries, as in top(1): on a terminal it stays there until the next one, and
 * keys sort it again: < and > by another column, r the other way round; q ends the tool.
 * Elsewhere, and in JSON, and while a command has the terminal, reports are plain.
 */
struct screen_table {
	u32 sort; /* index in SORTS, which is for OPT_CHOICE(): .compare of the tool looks at it */
	bool ascending;
	const char *const *sorts;
	void (*title)(void); /* a line of text above the header */
};

/* The tool's, once its options are known. */
void screen_table_use(struct screen_table *);
/* And its hooks. */
#define SCREEN_TABLE                                                                               \
	.keep = screen_keep, .report_begin = screen_report_begin, .report_end = screen_report_end, \
	.side_open = screen_side_open, .side_read = screen_side_read, .end = screen_end
bool screen_keep(const void *rec);
void screen_report_begin(void);
void screen_report_end(void);
int screen_side_open(void);
void screen_side_read(void);
