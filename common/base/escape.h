/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a foreign string may be shown: traced processes, files and users choose their own names. */
#pragma once
#include "lib/types.h"
#include <stdio.h>

/*
 * How many bytes, 2 to 4, of a well-formed UTF-8 character that can be seen begin S, which has N > 0
 * bytes; 0 if none does.  Not seen are controls, and what disguises a name: characters without a width,
 * and those that turn the direction of the text around.
 */
size_t utf8_len(const unsigned char *s, size_t n);

/* Write S, of N bytes, on one line: what can't be shown as \033, byte by byte. */
void escape(FILE *to, const char *s, size_t n);
