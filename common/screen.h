/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A terminal to draw on, for tools that say "LIBS: ncursesw" (see the Makefile).
 * While it is taken, text gathers as ever, and is painted instead of written.
 */
#pragma once
#include "lib/types.h"

/* Take the terminal; false: there is none, or, said on stderr, none that can be drawn on. */
bool screen_begin(void);
bool screen_taken(void);
/* Show what has gathered, as far as it fits; the second line in reverse video. */
void screen_paint(void);
/* The next key that was pressed, or negative. */
int screen_key(void);
/* Give the terminal back, as it was.  exit(3) does, too. */
void screen_end(void);
