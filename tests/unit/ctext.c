// SPDX-License-Identifier: BSD-2-Clause
#include "domain/ctext.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

static const char *const bits[32] = { "ONE", "TWO", [31] = "LAST" };
static const char *const names[] = { "ZERO", "FIRST" };

/* What was put into the buffer since the last call. */
static const char *put(void)
{
	static char *text;
	const char *p;
	size_t len;

	p = out_take(&len);
	free(text);
	text = strndup(p ?: "", len);
	return text;
}

static const char *flags(u64 value)
{
	ctext_flags(value, bits);
	return put();
}

static const char *result(s64 ret)
{
	ctext_result(ret);
	return put();
}

static const char *string(const char *s)
{
	ctext_string(NULL, s, strlen(s));
	return put();
}

/* ---- in a cell ---- */

static void put_call(struct out *o, struct rec r)
{
	out_plain("f(");
	ctext_string(o, r.p, r.len);
	out_plain(") = ");
	ctext_result(0);
}

static struct value cell(struct rec r)
{
	(void)r;
	return value_written(put_call);
}

static const struct col cols[] = { { COLF("CALL", -16, cell) },
				   { COLF("AGAIN", 16, cell) },
				   { 0 } };

static bool none_given(int opt)
{
	(void)opt;
	return false;
}

static const char *row(const char *s, bool json)
{
	const char *text;

	out_rec(out_new(cols, json, none_given), (struct rec){ s, strlen(s) }, 0);
	text = put();
	return json ? strchr(text, ',') : text;
}

int main(void)
{
	char huge[20000];

	is_str(put(), "", "nothing was put");
	out_plain("open(");
	ctext_string(NULL, "a\"b\\c\n\x7f\xc3", 8);
	out_plain(", ");
	ctext_dfd(AT_FDCWD);
	out_plain(", ");
	ctext_dfd(-1);
	is_str(put(), "open(\"a\\\"b\\\\c\\n\\x7f\\xc3\", AT_FDCWD, -1", "strings, descriptors");
	is_str(string(""), "\"\"", "an empty string");
	is_str(string("twelve bytes"), "\"twelve bytes\"", "a plain one");
	is_str(string("\a\b\t\n\v\f\r"), "\"\\a\\b\\t\\n\\v\\f\\r\"", "C's own escapes");
	is_str(string("twelve byte\303\251"), "\"twelve byte\\xc3\\xa9\"",
	       "UTF-8, as strace has it");
	ctext_string(NULL, "a\0b", 3);
	is_str(put(), "\"a\\x00b\"", "a NUL within it");

	is_str(flags(0), "0x0", "no flag");
	is_str(flags(3), "ONE|TWO", "flags by name, from the lowest");
	is_str(flags(1u << 31), "LAST", "the last that can have a name");
	is_str(flags(0x100000005), "ONE|0x100000004", "what has no name is a number");
	is_str(flags(4), "0x4", "only what has no name");
	is_str(flags(~0ull), "ONE|TWO|LAST|0xffffffff7ffffffc", "all bits");

	ctext_name(1, names, 2);
	ctext_name(2, names, 2);
	is_str(put(), "FIRST0x2", "a name, and a number that has none");

	is_str(result(-ENOENT), "-ENOENT", "an error by name");
	is_str(result(-4000), "-4000", "an error without a name");
	is_str(result(INT64_MIN), "-9223372036854775808", "the smallest number");
	is_str(result(7), "7", "no error");

	memset(huge, 1, sizeof(huge));
	ctext_string(NULL, huge, sizeof(huge));
	is_num(strlen(put()), 4 * sizeof(huge) + 2, "there is room for all of it");

	is_str(row("", false), "f(\"\") = 0               f(\"\") = 0\n",
	       "text: blanks behind and before it");
	is_str(row("a\"b\\c\n", false), "f(\"a\\\"b\\\\c\\n\") = 0 f(\"a\\\"b\\\\c\\n\") = 0\n",
	       "text: escapes as in C");
	is_str(row("a\"b\\c\n", true),
	       ",\"call\":\"f(\\\"a\\\\\\\"b\\\\\\\\c\\\\n\\\") = 0\","
	       "\"again\":\"f(\\\"a\\\\\\\"b\\\\\\\\c\\\\n\\\") = 0\"}\n",
	       "JSON: the same within a JSON string");
	return done();
}
