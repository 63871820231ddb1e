/* SPDX-License-Identifier: BSD-2-Clause */
/* A string that grows, and lists of strings. */
#pragma once
#include "lib/types.h"

/* Begins as zeros; free p. */
struct str {
	char *p;
	size_t len, room;
};

/* Room for N more bytes at the end: where that is.  Without memory it exits. */
char *str_room(struct str *, size_t n);
/* Put N bytes at the end. */
void str_put(struct str *, const void *, size_t n);

/* Strings that lie side by side, each with a NUL behind it, but perhaps for the last. */
struct strings {
	const char *p, *end;
};

/* Take the first one; NULL if there is none.  *LEN is how long it is. */
const char *strings_next(struct strings *, size_t *len);
/* At most N of them. */
struct strings strings_first(struct strings, u32 n);
/* Put all of them at the end of a string, each behind this one. */
void str_put_strings(struct str *, struct strings, const char *before);
