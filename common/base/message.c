// SPDX-License-Identifier: BSD-2-Clause
#include "base/message.h"
#include "base/text.h"
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Write TEXT, lines or a single line, with one write, because other processes share the terminal. */
static void put(const char *text, bool lines)
{
	char *out = NULL;
	size_t size;
	FILE *memory = open_memstream(&out, &size), *f = memory ?: stderr;

	while (*text) {
		size_t n = lines ? strcspn(text, "\n\t") : strlen(text);

		text_write(f, TEXT_TERMINAL, text, n);
		text += n;
		if (*text)
			fputc(*text++, f);
	}
	if (!lines)
		fputc('\n', f);
	if (memory && !fclose(memory))
		fwrite(out, 1, size, stderr);
	free(out);
}

void vmessage(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	put(text, true);
	free(text);
}

void message(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmessage(fmt, ap);
	va_end(ap);
}

/* ERROR is an errno, or -1.  FMT can be NULL if the errno says enough. */
static void say(int error, const char *fmt, va_list ap)
{
	char *what = NULL, *line = NULL;
	int saved = errno;

	if (fmt && vasprintf(&what, fmt, ap) < 0)
		what = NULL;
	if (asprintf(&line, "%s: %s%s%s", program_invocation_short_name, what ?: "",
		     what && error >= 0 ? ": " : "", error >= 0 ? strerror(error) : "") < 0)
		line = NULL;
	put(line ?: strerror(ENOMEM), false);
	free(line);
	free(what);
	errno = saved;
}

void complain(const char *fmt, va_list ap)
{
	say(-1, fmt, ap);
}

/* Hidden: shared libraries keep using the C library's. */
#pragma GCC visibility push(hidden)

#define SAY(error, fmt)              \
	do {                         \
		va_list ap;          \
                                     \
		va_start(ap, fmt);   \
		say(error, fmt, ap); \
		va_end(ap);          \
	} while (0)

void err(int status, const char *fmt, ...)
{
	SAY(errno, fmt);
	exit(status);
}

void errx(int status, const char *fmt, ...)
{
	SAY(-1, fmt);
	exit(status);
}

void warn(const char *fmt, ...)
{
	SAY(errno, fmt);
}

void warnx(const char *fmt, ...)
{
	SAY(-1, fmt);
}

#pragma GCC visibility pop
