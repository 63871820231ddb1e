/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes names safe to show: traced processes, files and users choose their own. */
#pragma once
#include "lib/types.h"
#include <stdio.h>

/*
 * The length, 2 to 4 bytes, of the UTF-8 character at the start of S, which has N > 0 bytes.  0 if it is
 * malformed or must not be shown: a control character, or one that can disguise a name because it has no
 * width or changes the direction of the text.
 */
size_t utf8_len(const unsigned char *s, size_t n);

/* Write the N bytes of S on one line, with \033 and the like for each byte that can't be shown. */
void escape(FILE *to, const char *s, size_t n);
