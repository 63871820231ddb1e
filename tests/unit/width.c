// SPDX-License-Identifier: BSD-2-Clause
/* How much of a text fits into some columns of a terminal. */
#include "base/width.h"
#include "test.h"

static size_t columns;

static size_t fit(const char *s, size_t width)
{
	return text_fit(s, strlen(s), width, &columns);
}

int main(void)
{
	is_num(fit("abc", 5), 3, "all of a shorter text");
	is_num(columns, 3, "its columns");
	is_num(fit("abcdef", 4), 4, "as many bytes as columns");
	is_num(fit("", 4), 0, "nothing");
	is_num(columns, 0, "takes no column");
	is_num(fit("\xc3\xa9t\xc3\xa9", 2), 3, "a character of two bytes takes one column");
	is_num(fit("\xe6\x97\xa5\xe6\x9c\xac", 4), 6, "one of East Asia takes two");
	is_num(columns, 4, "two such");
	is_num(fit("\xe6\x97\xa5\xe6\x9c\xac", 3), 3, "is not cut in two");
	is_num(columns, 2, "and leaves a column");
	is_num(fit("e\xcc\x81!", 1), 3, "an accent belongs to its letter");
	is_num(fit("\xf0\x9f\x98\x80!", 2), 4, "a face takes two");
	is_num(fit("a\\033b", 4), 1, "an escape is not cut in two");
	is_num(fit("a\\033b", 5), 5, "it takes four");
	is_num(fit("a\\03", 2), 2, "a backslash is no escape");
	return done();
}
