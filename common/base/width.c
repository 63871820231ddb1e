// SPDX-License-Identifier: BSD-2-Clause
#include "base/width.h"
#include "lib/types.h"

/* Ranges, in order, of characters that take no column, or two.  Others take one. */
static const struct {
	u32 first, last, columns;
} ranges[] = {
	{ 0x300, 0x36f, 0 },     { 0x483, 0x489, 0 },     { 0x591, 0x5bd, 0 },
	{ 0x610, 0x61a, 0 },     { 0x64b, 0x65f, 0 },     { 0x1100, 0x115f, 2 },
	{ 0x1160, 0x11ff, 0 },   { 0x1ab0, 0x1aff, 0 },   { 0x1dc0, 0x1dff, 0 },
	{ 0x20d0, 0x20ff, 0 },   { 0x2e80, 0x3029, 2 },   { 0x302a, 0x302d, 0 },
	{ 0x302e, 0x3098, 2 },   { 0x3099, 0x309a, 0 },   { 0x309b, 0xa4cf, 2 },
	{ 0xa960, 0xa97f, 2 },   { 0xac00, 0xd7a3, 2 },   { 0xf900, 0xfaff, 2 },
	{ 0xfe00, 0xfe0f, 0 },   { 0xfe10, 0xfe19, 2 },   { 0xfe20, 0xfe2f, 0 },
	{ 0xfe30, 0xfe6f, 2 },   { 0xff00, 0xff60, 2 },   { 0xffe0, 0xffe6, 2 },
	{ 0x16fe0, 0x1b2ff, 2 }, { 0x1f300, 0x1f64f, 2 }, { 0x1f680, 0x1f6ff, 2 },
	{ 0x1f900, 0x1faff, 2 }, { 0x20000, 0x3fffd, 2 },
};

static size_t columns_of(u32 c)
{
	size_t i = 0;

	while (i < sizeof(ranges) / sizeof(*ranges) && c > ranges[i].last)
		i++;
	return i < sizeof(ranges) / sizeof(*ranges) && c >= ranges[i].first ? ranges[i].columns : 1;
}

static bool is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
	       s[2] <= '7';
}

/* The length of the character or escape at the start of S, and how many columns it takes. */
static size_t unit(const char *s, size_t n, size_t *columns)
{
	unsigned char first = *s;
	size_t len = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	u32 c = first & (0x7f >> len);

	*columns = 1;
	if (first == '\\' && n >= 4 && is_octal(s + 1))
		return *columns = 4;
	if (len == 1 || len > n)
		return 1;
	for (size_t i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3f);
	*columns = columns_of(c);
	return len;
}

size_t text_fit(const char *s, size_t n, size_t width, size_t *columns)
{
	size_t at = 0, more, len;

	for (*columns = 0; at < n; at += len, *columns += more) {
		len = unit(s + at, n - at, &more);
		if (*columns + more > width)
			break;
	}
	return at;
}
