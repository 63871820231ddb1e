// SPDX-License-Identifier: BSD-2-Clause
/* Cells that are cut at their width: never within a character or an escape. */
#include "output/out.h"
#include "main/tool.h"
#include "test.h"

struct rec {
	u64 ts;
	char name[16];
};

static const struct col cols[] = {
	{ COL("NAME", -6, rec, name), TRUNCATED },
	{ COL("TS", 1, rec, ts) },
	{ 0 },
};

static bool none_given(int opt)
{
	(void)opt;
	return false;
}

/* The name as a row has it. */
static const char *row(const char *name)
{
	static char text[64];
	struct out *o = out_new(cols, false, none_given);
	struct rec r = {};
	const char *p;
	size_t len;

	memcpy(r.name, name, strnlen(name, sizeof(r.name)));
	out_rec(o, &r, 0);
	p = out_take(&len);
	snprintf(text, sizeof(text), "%.*s", (int)len, p);
	return text;
}

/* As text outside of a table has it. */
static const char *named(const char *name, size_t width, size_t most)
{
	static char text[64];
	const char *p;
	size_t len;

	text_name(name, 16, width, most);
	p = out_take(&len);
	snprintf(text, sizeof(text), "%.*s", (int)len, p);
	return text;
}

int main(void)
{
	is_str(row("abc"), "abc    0\n", "shorter: blanks behind it");
	is_str(row("abcdef"), "abcdef 0\n", "just as long");
	is_str(row("abcdefg"), "abcdef 0\n", "longer: cut");
	is_str(row("abcd\xc3\xa9"), "abcd\xc3\xa9 0\n", "a character that just fits");
	is_str(row("abcde\xc3\xa9"), "abcde  0\n", "no half character, of two bytes");
	is_str(row("abcd\xe2\x82\xac"), "abcd   0\n", "of three");
	is_str(row("abc\xf0\x9f\x98\x80"), "abc    0\n", "of four");
	is_str(row("ab\033"), "ab\\033 0\n", "an escape that just fits");
	is_str(row("abc\033"), "abc    0\n", "no half escape");
	is_str(row("\xff\xfe"), "\\377   0\n", "one of two escapes");
	is_str(row("abcde\\"), "abcde\\ 0\n", "a backslash is no escape");
	is_str(row("abcdefghijklmnop"), "abcdef 0\n", "without a NUL");
	is_str(named("abc", 5, SIZE_MAX), "abc  ", "text: blanks behind it");
	is_str(named("abcdefgh", 5, SIZE_MAX), "abcdefgh", "text: longer than its width");
	is_str(named("abcde\xc3\xa9", 6, 6), "abcde ", "text: no half character");
	return done();
}
