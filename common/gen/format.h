/* SPDX-License-Identifier: BSD-2-Clause */
/* Formats of messages, such as "%s is %d": what each value is read as, and how it is printed. */
#pragma once
#include "base/str.h"
#include "gen/emit.h"

#define FORMAT_VALUES 12

struct format {
	struct format_value {
		const char *before; /* the text that comes before it */
		char print[24];     /* for printf() */
		char kind;          /* d u x c s p K U */
		u8 size;            /* bytes of the number */
	} values[FORMAT_VALUES];
	u32 n;
	const char *after;
};

/* Parse a string in quotes, of the probe TEXT. */
void format_parse(struct format *, const char *text, struct piece quoted);
/* Append a message.  ROOM is that of its strings; SYMBOL names an address for %K and %U. */
void format_text(const struct format *, const char *values, u32 room, struct str *to,
		 const char *(*symbol)(char kind, u64 addr));
/* The size of the values. */
u32 format_size(const struct format *, u32 room);
/*
 * The value at *AT, which is moved to the next: its number or, if *S is not NULL then, its string, of *LEN bytes.
 * False: it could not be read.
 */
bool format_value(const struct format_value *, const char **at, u32 room, u64 *number,
		  const char **s, size_t *len);
