/* SPDX-License-Identifier: BSD-2-Clause */
/* What the workloads share: a file of what they did, one JSON array a line. */
#pragma once
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static FILE *expected;

static inline void expect_to(const char *path)
{
	expected = fopen(path, "we");
	if (!expected)
		err(1, "%s", path);
}

__attribute__((format(printf, 1, 2))) static inline void expect(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(expected, fmt, ap);
	va_end(ap);
	fputc('\n', expected);
	fflush(expected);
}

/* Until somebody writes to this FIFO. */
static inline void wait_for_line(const char *path)
{
	FILE *f = fopen(path, "re");

	if (!f || fgetc(f) == EOF)
		err(1, "%s", path);
	fclose(f);
}
