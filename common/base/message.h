/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said on stderr.  err(), errx(), warn() and warnx() of <err.h> are defined here, in place of the C
 * library's, so that nobody has to think of it: what a message quotes, such as a file's name, stays on
 * its line and can't drive the terminal (see escape.h).
 */
#pragma once
#include <stdarg.h>

/* Lines for stderr, as they are but for what they quote.  A newline that is quoted counts as their own. */
void message(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void vmessage(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
/* A line "program: ..." */
void complain(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
