// SPDX-License-Identifier: BSD-2-Clause
/* Names that others chose: what is shown, what is escaped, how wide it is; messages are escaped. */
#include "base/text.h"
#include "base/message.h"
#include "output/out.h"
#include "test.h"
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static const char *styled(enum text_style style, const char *s, size_t n)
{
	static char *text;
	size_t size;
	FILE *f;

	free(text);
	f = open_memstream(&text, &size);
	text_write(f, style, s, n);
	fclose(f);
	return text;
}

static const char *shown(const char *s)
{
	return styled(TEXT_TERMINAL, s, strlen(s));
}

/* In UTF-8. */
static const char *character(unsigned int c)
{
	static char s[5];

	memset(s, 0, sizeof(s));
	if (c < 0x80) {
		s[0] = c;
	} else if (c < 0x800) {
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

/* Is it decoded, and is it shown?  Every byte string is tried that is cut off within it. */
static bool seen(unsigned int c)
{
	const char *s = character(c);
	size_t n = strlen(s);
	u32 got;

	for (size_t i = 1; i < n; i++)
		if (text_decode(s, i, &got))
			return false;
	return text_decode(s, n, &got) == n && got == c && text_is_safe(c);
}

static bool none_seen(unsigned int first, unsigned int last)
{
	for (unsigned int c = first; c <= last; c++)
		if (seen(c))
			return false;
	return true;
}

static bool all_columns(unsigned int first, unsigned int last, unsigned int columns)
{
	for (unsigned int c = first; c <= last; c++)
		if (text_columns(c) != columns)
			return false;
	return true;
}

/* The lengths of what text_decode() finds in S, 0 for a byte that is no character. */
static const char *lengths(const char *s, size_t n)
{
	static char text[64];
	size_t k = 0;
	u32 c;

	for (size_t i = 0; i < n;) {
		size_t len = text_decode(s + i, n - i, &c);

		text[k++] = '0' + len;
		i += len ?: 1;
	}
	text[k] = 0;
	return text;
}
#define LENGTHS(s) lengths(s, sizeof(s) - 1)

static const char *fitting(const char *s, size_t width, size_t columns)
{
	static char text[64];
	size_t got, n = text_fit(s, strlen(s), width, &got);

	snprintf(text, sizeof(text), "%.*s", (int)n, s);
	return got == columns ? text : "other columns";
}

static void test_decode(void)
{
	is_str(LENGTHS("a\0\x7f"), "111", "ASCII is characters of one byte, NUL, too");
	is_str(LENGTHS("\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbd\xf0\x90\x80\x80\xf4\x8f\xbf\xbd"),
	       "223344", "the least and the greatest of each length");
	is_str(LENGTHS("\x80\xbf"), "00", "bytes that continue nothing");
	is_str(LENGTHS("\xc0\x80\xc1\xbf"), "0000", "two bytes for what takes one");
	is_str(LENGTHS("\xe0\x80\x80\xe0\x9f\xbf"), "000000", "three for what takes two");
	is_str(LENGTHS("\xf0\x80\x80\x80\xf0\x8f\xbf\xbf"), "00000000",
	       "four for what takes three");
	is_str(LENGTHS("\xed\xa0\x80\xed\xbf\xbf"), "000000", "surrogates");
	is_str(LENGTHS("\xf4\x90\x80\x80"), "0000", "above U+10FFFF");
	is_str(LENGTHS("\xf5\x80\x80\x80\xf8\x88\x80\x80\x80\xff\xfe"), "00000000000",
	       "bytes that begin nothing");
	is_str(LENGTHS("\xe4\xb8x\xc3\xc3\xa9\xf0\x9f\x98"),
	       "0010"
	       "2000",
	       "cut off by a character, by another one's start, by the end");
}

static void test_styles(void)
{
	static const char s[] = "a\"\\\n\t\033\0\x7f\xc3\xa9\xff\xe2\x80\xae<&>'";
	size_t n = sizeof(s) - 1;
	char unit[TEXT_UNIT];
	size_t most = 0, len;

	is_str(styled(TEXT_TERMINAL, s, n),
	       "a\"\\\\012\\011\\033\\000\\177\xc3\xa9\\377\\342\\200\\256<&>'", "for a terminal");
	is_str(styled(TEXT_ARG, s, n),
	       "a\"\\\\n\\011\\033\\000\\177\xc3\xa9\\377\\342\\200\\256<&>'", "an argument");
	is_str(styled(TEXT_QUOTED, s, n),
	       "a\\\"\\\\n\\011\\033\\000\\177\xc3\xa9\\377\\342\\200\\256<&>'",
	       "an argument in quotes");
	is_str(styled(TEXT_C, s, n),
	       "a\\\"\\\\\\n\\t\\x1b\\x00\\x7f\\xc3\\xa9\\xff\\xe2\\x80\\xae<&>'", "for C");
	is_str(styled(TEXT_JSON, s, n),
	       "a\\\"\\\\\\u000a\\u0009\\u001b\\u0000\\u007f\xc3\xa9\\\\377"
	       "\\\\342\\\\200\\\\256<&>'",
	       "for JSON");
	is_str(styled(TEXT_XML, s, n),
	       "a&quot;\\\\012\\011\\033\\000\\177\xc3\xa9\\377\\342\\200\\256&lt;&amp;&gt;'",
	       "for XML");
	is_str(styled(TEXT_XML, "\xa2\xbc", 2), "\\242\\274", "bytes are no markup in XML");

	for (int style = TEXT_TERMINAL; style <= TEXT_XML; style++)
		for (int c = 0; c < 256; c++) {
			char byte = c;

			text_unit(style, &byte, 1, unit, &len);
			most = len > most ? len : most;
		}
	ok(most <= TEXT_UNIT, "no byte takes more room than TEXT_UNIT");
}

static void test_columns(void)
{
	bool all = true;

	for (unsigned int c = 0x20; c < 0x300; c++)
		all &= text_columns(c) == 1;
	ok(all, "Latin letters take a column");
	ok(all_columns(0x300, 0x36f, 0) && all_columns(0x20d0, 0x20f0, 0) &&
		   all_columns(0x5bf, 0x5bf, 0),
	   "marks none");
	ok(all_columns(0x4e00, 0x9fff, 2) && all_columns(0xac00, 0xd7a3, 2) &&
		   all_columns(0x3041, 0x3096, 2) && all_columns(0xff01, 0xff60, 2) &&
		   all_columns(0x20000, 0x2fffd, 2),
	   "East Asian characters two");
	ok(all_columns(0x1f600, 0x1f64f, 2) && all_columns(0x231a, 0x231b, 2), "so do emoji");
	ok(all_columns(0x1161, 0x11ff, 0) && all_columns(0x1100, 0x115e, 2),
	   "parts of Hangul: two, and none");
	ok(all_columns(0x3099, 0x309a, 0), "marks among wide characters");
	ok(all_columns(0xff61, 0xff9f, 1) && all_columns(0x3b1, 0x3c9, 1) &&
		   all_columns(0xfffd, 0xfffd, 1) && all_columns(0xe000, 0xf8ff, 1) &&
		   all_columns(0x1d400, 0x1d454, 1),
	   "half-width, Greek, private, mathematical ones one");

	is_num(text_width("", 0), 0, "nothing has no width");
	is_num(text_width("a\xc3\xa9\xe4\xb8\xad"
			  "e\xcc\x81",
			  9),
	       5, "the width of a string");
	is_num(text_width("\\033[\\\\", 7), 7, "escapes are as wide as they are long");

	is_str(fitting("abc", 5, 3), "abc", "all of it fits");
	is_str(fitting("abcdef", 5, 5), "abcde", "as much as fits");
	is_str(fitting("ab\xe4\xb8\xad"
		       "c",
		       3, 2),
	       "ab", "no half wide character");
	is_str(fitting("ab\xe4\xb8\xad"
		       "c",
		       4, 4),
	       "ab\xe4\xb8\xad", "a whole one");
	is_str(fitting("abe\xcc\x81\xcc\xa3x", 3, 3), "abe\xcc\x81\xcc\xa3",
	       "a letter keeps its marks");
	is_str(fitting("abc\\033", 6, 3), "abc", "no half escape");
	is_str(fitting("abc\\03", 5, 5), "abc\\0", "a backslash alone is none");
	is_str(fitting("abc\\777", 5, 5), "abc\\7", "nor is one before what is no byte");
	is_str(fitting("\xe4\xb8\xad", 1, 0), "", "nothing fits");
	is_str(fitting("", 0, 0), "", "nothing of nothing");
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
	static const unsigned int shown_ones[] = { 0xa0,   0xe9,   0x301,  0x3b1,  0x2010, 0x2030,
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
	ok(none_seen(0, 0x1f) && none_seen(0x7f, 0x7f), "C0 controls are not");
	ok(none_seen(0x80, 0x9f), "C1 controls are not");
	ok(none_seen(0x202a, 0x202e) && none_seen(0x2066, 0x2069) && none_seen(0x200e, 0x200f) &&
		   none_seen(0x61c, 0x61c),
	   "what turns the direction around is not");
	ok(none_seen(0x200b, 0x200d) && none_seen(0x2060, 0x2064) && none_seen(0xfeff, 0xfeff) &&
		   none_seen(0xad, 0xad) && none_seen(0x34f, 0x34f) && none_seen(0xfe00, 0xfe0f) &&
		   none_seen(0xe0000, 0xe01ef),
	   "what is invisible is not");
	ok(none_seen(0x115f, 0x1160) && none_seen(0x3164, 0x3164) && none_seen(0xffa0, 0xffa0),
	   "nor what only fills");
	ok(none_seen(0x2028, 0x2029), "nor what ends a line");
	ok(none_seen(0xd800, 0xdfff) && none_seen(0xfffe, 0xffff) && none_seen(0x1fffe, 0x1ffff) &&
		   none_seen(0x110000, 0x110fff),
	   "what is no character is not");
	test_decode();
	test_styles();
	test_columns();

	program_invocation_short_name = "x\033";
	is_str(stderr_of(warns),
	       "x\\033: a\\033[31m\\012b\\342\\200\\256\\302\\233: No such file or directory\n",
	       "warn() is one line, and keeps errno");
	is_str(stderr_of(warns_without),
	       "x\\033: a\\033[31m\\012b\\342\\200\\256\\302\\233 is 5 % of 7\n", "warnx()");
	is_str(stderr_of(says), "one\n\ttwo \\033\\377\n", "message() keeps lines");

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
