// SPDX-License-Identifier: BSD-2-Clause
#include "base/jread.h"
#include <stdint.h>

#include <stdlib.h>

#include "test.h"

/* In memory of exactly its size, for the sanitizers.  What is wrong, or NULL. */
static const char *skipped(const char *s)
{
	size_t n = strlen(s);
	char *copy = malloc(n ?: 1);
	struct jread j = jread_begin(memcpy(copy, s, n), n);

	jread_skip(&j);
	jread_end(&j);
	free(copy);
	return j.bad;
}

static const char *string(const char *s)
{
	static char copy[256];
	struct jread j = jread_begin(copy, strlen(s));
	const char *is;

	strcpy(copy, s);
	is = jread_string(&j);
	jread_end(&j);
	return j.bad ? NULL : is;
}

/* 1 if it is bad, which is none of the numbers below. */
static u64 number(const char *s)
{
	char copy[64];
	struct jread j = jread_begin(copy, strlen(s));
	u64 n;

	strcpy(copy, s);
	n = jread_u64(&j);
	jread_end(&j);
	return j.bad ? 1 : n;
}

static void test_values(void)
{
	static const char *const good[] = {
		"{}",
		"[]",
		" { \"a\" : [ 1 , -2.5e+3, true, false, null, \"x\", {}, [[]] ] , \"b\":0}\r\n",
		"0.5",
		"\"\\u0041\\n\"",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
	};
	static const char *const bad[] = {
		"",
		" ",
		"{",
		"}",
		"[",
		"]",
		"{]",
		"[}",
		"[1",
		"[1,",
		"[1,]",
		"[,1]",
		"[1 2]",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{\"a\" 1}",
		"{a:1}",
		"{1:1}",
		"01",
		"-",
		"+1",
		"1.",
		".5",
		"1e",
		"nul",
		"nullx",
		"True",
		"'a'",
		"\"a",
		"\"\\x\"",
		"\"\\u12\"",
		"\"\\ud800\"",
		"\"\\udc00\"",
		"\"\\ud800\\u0041\"",
		"\"\\u0000\"",
		"\"\n\"",
		"\"\xff\"",
		"\"\xc0\xaf\"",
		"\"\xed\xa0\x80\"",
		"{} {}",
		"1 1",
		"NaN",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
		"\"\\",
		"\"\\u",
		"{\"a\":1",
		"tru",
		"/* */ 1",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		is_str(skipped(good[i]), NULL, good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ok(skipped(bad[i]), "a damaged value is refused");
}

static void test_pieces(void)
{
	char text[] = " {\"n\": 18446744073709551615, \"s\":[\"a\",\"\\u00e9\\ud83d\\ude00\\/\"], "
		      "\"none\":null}";
	struct jread j = jread_begin(text, strlen(text));
	u64 n = 0, strings = 0, nulls = 0, others = 0;
	const char *last = "";

	jread_open(&j, '{');
	while (jread_more(&j, '}')) {
		const char *key = jread_key(&j);

		if (!strcmp(key, "n")) {
			n = jread_u64(&j);
		} else if (!strcmp(key, "s")) {
			jread_open(&j, '[');
			for (; jread_more(&j, ']'); strings++)
				last = jread_string(&j);
		} else if (jread_null(&j)) {
			nulls++;
		} else {
			others++;
		}
	}
	jread_end(&j);
	is_str(j.bad, NULL, "an object is read");
	ok(n == UINT64_MAX && strings == 2 && nulls == 1 && !others, "with all that is in it");
	is_str(last, "\xc3\xa9\xf0\x9f\x98\x80/", "escapes are decoded");
	is_str(string("\"\\\\377\\\"\\t\""), "\\377\"\t", "short ones, too");
	is_str(string("1"), NULL, "a number is no string");
	ok(number("0") == 0 && number(" 12 ") == 12, "numbers");
	ok(number("18446744073709551616") == 1 && number("-2") == 1 && number("2.0") == 1 &&
		   number("2e1") == 1 && number("02") == 1 && number("\"2\"") == 1 &&
		   number("") == 1,
	   "not those that are no whole ones, or too large");
}

int main(void)
{
	test_values();
	test_pieces();
	return done();
}
