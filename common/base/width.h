/* SPDX-License-Identifier: BSD-2-Clause */
/* How wide text is on a terminal. */
#pragma once
#include <stddef.h>

/*
 * How many of the N bytes of S, which were escaped before, fit into WIDTH columns without cutting a
 * character or an octal escape in two.  They take *COLUMNS.
 */
size_t text_fit(const char *s, size_t n, size_t width, size_t *columns);
