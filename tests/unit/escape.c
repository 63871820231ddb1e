// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which bytes of foreign strings are shown as they are, and which as escapes; the library's
 * messages are escaped, too.
 */
#include "base/escape.h"
#include "base/message.h"
#include "output/out.h"
#include "test.h"
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static char *shown(const char *s)
{
	static char *text;
	size_t size;
	FILE *f;

	free(text);
	f = open_memstream(&text, &size);
	escape(f, s, strlen(s));
	fclose(f);
	return text;
}

/* This character in UTF-8. */
static const char *character(unsigned int c)
{
	static char s[5];

	memset(s, 0, sizeof(s));
	if (c < 0x800) {
		s[0] = 0xc0 | c >> 6;
		s[1] = 0x80 | (c & 63);
	} else if (c < 0x10000) {
		s[0] = 0xe0 | c >> 12;
		s[1] = 0x80 | (c >> 6 & 63);
		s[2] = 0x80 | (c & 63);
	} else {
		s[0] = 0xf0 | c >> 18;
		s[1] = 0x80 | (c >> 12 & 63);
		s[2] = 0x80 | (c >> 6 & 63);
		s[3] = 0x80 | (c & 63);
	}
	return s;
}

static bool seen(unsigned int c)
{
	const char *s = character(c);
	size_t n = strlen(s), len = utf8_len((const unsigned char *)s, n);

	/* A character that is cut off is not one, however much of it is left. */
	for (size_t i = 1; i < n; i++)
		if (utf8_len((const unsigned char *)s, i))
			return false;
	return len == n;
}

static bool none_seen(unsigned int first, unsigned int last)
{
	for (unsigned int c = first; c <= last; c++)
		if (seen(c))
			return false;
	return true;
}

/* What F() writes to stderr. */
static const char *said(void (*f)(void))
{
	static char text[4096];
	FILE *to = tmpfile();
	int old = dup(2);
	size_t n;

	dup2(fileno(to), 2);
	f();
	dup2(old, 2);
	close(old);
	rewind(to);
	n = fread(text, 1, sizeof(text) - 1, to);
	text[n] = 0;
	fclose(to);
	return text;
}

static const char *const evil = "a\033[31m\nb\xe2\x80\xae\xc2\x9b";

static void warns(void)
{
	errno = ENOENT;
	warn("%s", evil);
	if (errno != ENOENT)
		warnx("errno has changed");
}

static void warns_without(void)
{
	warnx("%s is 5 %% of %d", evil, 7);
}

static void says(void)
{
	message("one\n\ttwo \033%s\n", "\xff");
}

int main(void)
{
	static const unsigned int shown_ones[] = { 0xa0,   0xe9,   0x3b1,  0x2010, 0x2030,
						   0x205f, 0x2070, 0x4e2d, 0xfffd, 0x1f600 };
	bool all = true;

	is_str(shown("plain \\ \"text\""), "plain \\ \"text\"", "ASCII is shown as it is");
	is_str(shown("\n\t\033\x7f"), "\\012\\011\\033\\177", "controls are escapes");
	is_str(shown("\xc3\xa9 \xe4\xb8\xad"), "\xc3\xa9 \xe4\xb8\xad", "so are letters not");
	is_str(shown("\xe2\x80\xaelive"), "\\342\\200\\256live", "U+202E is bytes in octal");
	is_str(shown("\xc3"), "\\303", "half of a letter");
	is_str(shown("\xc0\xaf\xed\xa0\x80\xf5\x80\x80\x80"),
	       "\\300\\257\\355\\240\\200\\365\\200\\200\\200", "what is no UTF-8");
	for (size_t i = 0; i < sizeof(shown_ones) / sizeof(*shown_ones); i++)
		all &= seen(shown_ones[i]);
	ok(all, "characters that can be seen are");
	ok(none_seen(0x80, 0x9f), "C1 controls are not");
	ok(none_seen(0x202a, 0x202e) && none_seen(0x2066, 0x2069) && none_seen(0x200e, 0x200f) &&
		   none_seen(0x61c, 0x61c),
	   "what turns the direction around is not");
	ok(none_seen(0x200b, 0x200d) && none_seen(0x2060, 0x2064) && none_seen(0xfeff, 0xfeff),
	   "what has no width is not");
	ok(none_seen(0xd800, 0xdfff) && none_seen(0xfffe, 0xffff) && none_seen(0x110000, 0x110fff),
	   "what is no character is not");

	program_invocation_short_name = "x\033";
	is_str(said(warns),
	       "x\\033: a\\033[31m\\012b\\342\\200\\256\\302\\233: No such file or directory\n",
	       "warn() is one line, and keeps errno");
	is_str(said(warns_without),
	       "x\\033: a\\033[31m\\012b\\342\\200\\256\\302\\233 is 5 % of 7\n", "warnx()");
	is_str(said(says), "one\n\ttwo \\033\\377\n", "message() keeps lines");

	/* The same on stdout, in text and in JSON */
	{
		const char *text;
		size_t n;

		text_str(evil, strlen(evil));
		json_str(evil, strlen(evil));
		text = out_take(&n);
		is_str(strndup(text, n),
		       "a\\033[31m\\012b\\342\\200\\256\\302\\233"
		       "\"a\\u001b[31m\\u000ab\\\\342\\\\200\\\\256\\\\302\\\\233\"",
		       "text_str(), json_str()");
	}
	return done();
}
