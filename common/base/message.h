/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages on stderr.  This replaces the C library's err(), errx(), warn() and warnx(), so that all messages
 * are safe: what they quote, such as a file's name, stays on its line and can't control the terminal
 * (see text.h).
 */
#pragma once
#include <stdarg.h>

/* Write to stderr, escaping only what can control the terminal.  Newlines are not escaped. */
void message(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void vmessage(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
/* A line "program: ..." */
void complain(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
