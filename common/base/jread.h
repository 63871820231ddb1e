/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads JSON piece by piece, as strictly as it is defined.  Once something is wrong, BAD says what, and all that
 * is asked for returns false, NULL or 0.
 *
 *	jread_open(&j, '{');
 *	while (jread_more(&j, '}'))
 *		if (!strcmp(jread_key(&j), "count"))
 *			n = jread_u64(&j);
 *		else
 *			jread_skip(&j);
 *	jread_end(&j);
 */
#pragma once
#include "lib/types.h"
#include <stdbool.h>
#include <stddef.h>

struct jread {
	char *p, *end;   /* what is left; strings are decoded where they are */
	bool fresh;      /* just inside a bracket */
	const char *bad; /* NULL: nothing is wrong so far */
};

struct jread jread_begin(char *text, size_t len);
/* The value is an object ('{') or an array ('['): go inside. */
void jread_open(struct jread *, char bracket);
/* Is there another member or element?  After the last one, the bracket BACK is taken. */
bool jread_more(struct jread *, char back);
/* A member's name, or a string; it has no NUL inside, and lives as long as the text.  Never NULL: "" if it is bad. */
const char *jread_key(struct jread *);
const char *jread_string(struct jread *);
/* A whole number of at most 64 bits, without a sign. */
u64 jread_u64(struct jread *);
/* Take a null, if that is the value. */
bool jread_null(struct jread *);
/* Any value, inside which brackets are not too deep. */
void jread_skip(struct jread *);
/* There must be nothing more. */
void jread_end(struct jread *);
