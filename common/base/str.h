/* SPDX-License-Identifier: BSD-2-Clause */
/* A string that grows, and lists of strings. */
#pragma once
#include "lib/types.h"

/* Initialize it with zeros; free p. */
struct str {
	char *p;
	size_t len, room;
};

/* Make room for N more bytes at the end, and return where.  Exits if memory is short. */
char *str_room(struct str *, size_t n);
/* Append N bytes. */
void str_put(struct str *, const void *, size_t n);

/* Strings one after another, each with a NUL at its end, which the last may lack. */
struct strings {
	const char *p, *end;
};

/* Take the first string, of length *LEN, or NULL if there is none. */
const char *strings_next(struct strings *, size_t *len);
/* The first N strings. */
struct strings strings_first(struct strings, u32 n);
/* Append all of them to a string, each preceded by BEFORE. */
void str_put_strings(struct str *, struct strings, const char *before);
