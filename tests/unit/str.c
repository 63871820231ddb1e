// SPDX-License-Identifier: BSD-2-Clause
/* Strings that grow, and lists of adjacent strings, which may be cut anywhere. */
#include "base/str.h"
#include "test.h"
#include <stdint.h>
#include <stdlib.h>

/* The strings of N bytes, each in brackets. */
static const char *shown(struct strings s)
{
	static struct str all;
	const char *p;
	size_t n;

	all.len = 0;
	while ((p = strings_next(&s, &n))) {
		str_put(&all, "[", 1);
		str_put(&all, p, n);
		str_put(&all, "]", 1);
	}
	str_put(&all, "", 1);
	return all.p;
}

static struct strings of(const char *p, size_t n)
{
	return (struct strings){ p, p + n };
}

int main(void)
{
	static const char list[] = "a\0\0bcd\0e";
	struct str s = {};

	is_str(shown(of(list, 0)), "", "no strings");
	is_str(shown(of(list, 1)), "[a]", "the last without its NUL");
	is_str(shown(of(list, 2)), "[a]", "the last with its NUL");
	is_str(shown(of(list, 3)), "[a][]", "an empty one");
	is_str(shown(of(list, 5)), "[a][][bc]", "one that is cut");
	is_str(shown(of(list, 9)), "[a][][bcd][e]", "four");
	is_str(shown(strings_first(of(list, 9), 0)), "", "none of four");
	is_str(shown(strings_first(of(list, 9), 2)), "[a][]", "two of four");
	is_str(shown(strings_first(of(list, 9), 4)), "[a][][bcd][e]", "four of four");
	is_str(shown(strings_first(of(list, 8), 7)), "[a][][bcd][e]", "seven of four");
	is_str(shown(strings_first(of(list, 9), UINT32_MAX)), "[a][][bcd][e]", "all of four");
	ok(strings_first(of(list, 9), 4).p == list, "they stay where they are");
	ok(strings_first(of(list, 9), 4).end == list + 9, "nothing is left");

	str_put(&s, NULL, 0);
	is_num(s.len, 0, "nothing put");
	str_put_strings(&s, of(list, 9), "+");
	is_num(s.len, 9, "joined");
	ok(s.len == 9 && !memcmp(s.p, "+a++bcd+e", 9), "joined: +a++bcd+e");
	for (int i = 0; i < 100000; i++)
		str_put(&s, "0123456789", 10);
	is_num(s.len, 1000009, "a megabyte");
	ok(!memcmp(s.p, "+a++bcd+e0123", 13) && !memcmp(s.p + s.len - 10, "0123456789", 10),
	   "what was put is still there");
	memcpy(str_room(&s, 3000000), "x", 1);
	is_num(s.len, 1000009, "room is not put");
	free(s.p);
	return done();
}
