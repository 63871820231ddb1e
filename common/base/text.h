/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that others chose: traced processes, files and users name themselves.  Everything that is shown, on
 * stdout, on stderr or in a picture, is made safe here, and measured in columns of a terminal.
 */
#pragma once
#include "lib/types.h"
#include <stddef.h>
#include <stdio.h>

/* How a byte or character is written that must not be shown as it is. */
enum text_style {
	TEXT_TERMINAL, /* \033, each byte in octal */
	TEXT_ARG,      /* the same, but \n for a newline */
	TEXT_QUOTED,   /* the same, and \" for a double quote */
	TEXT_C,        /* as in C; only printable ASCII is shown: \n \" \\ \x1b \xc3 */
	TEXT_JSON, /* within a JSON string: \u001b \" \\, and \\377 for a byte that is not UTF-8 */
	TEXT_XML,  /* \033, and &lt; &gt; &amp; &quot; for markup */
};

/* The most bytes that a character, or a byte that is none, becomes in any style. */
#define TEXT_UNIT 8

/*
 * The length of the UTF-8 character at the start of S, which has N > 0 bytes, and the character in *C.
 * 0 if it is malformed or cut off; the first byte is then to be taken alone.
 */
size_t text_decode(const char *s, size_t n, u32 *c);

/*
 * Can this character be shown?  Not if it controls a terminal, changes the direction of the text, breaks the
 * line, is invisible (so that two different names look the same), or is no character at all.
 */
bool text_is_safe(u32 c);

/* How many columns a safe character takes: 0 (a mark on the one before), 1 or 2. */
unsigned int text_columns(u32 c);

/*
 * Write the character or byte at the start of S, which has N > 0 bytes, to TO, as at most TEXT_UNIT bytes;
 * *LEN says how many.  Returns how many bytes of S this was.
 */
size_t text_unit(enum text_style, const char *s, size_t n, char *to, size_t *len);
/* Write the N bytes of S to a file. */
void text_write(FILE *, enum text_style, const char *s, size_t n);

/* How many columns the N bytes of S take, which were escaped before. */
size_t text_width(const char *s, size_t n);
/*
 * How many of the N bytes of S, which were escaped before, fit into WIDTH columns without cutting a character
 * or an octal escape in two; they take *COLUMNS.
 */
size_t text_fit(const char *s, size_t n, size_t width, size_t *columns);
