// SPDX-License-Identifier: BSD-2-Clause
#include "domain/ctext.h"
#include "domain/errname.h"
#include <fcntl.h>

static const char hex[] = "0123456789abcdef";

static void put_hex(u64 v)
{
	char text[2 + 16], *end = text + sizeof(text), *p = end;

	do
		*--p = hex[v & 15];
	while (v >>= 4);
	*--p = 'x';
	*--p = '0';
	out_bytes(p, end - p);
}

static void put_char(struct out *o, unsigned char c)
{
	static const char escaped[] = "\a\b\t\n\v\f\r\"\\", letters[] = "abtnvfr\"\\";
	const char *at = strchr(escaped, c);

	if (at && c) {
		out_char(o, '\\');
		out_char(o, letters[at - escaped]);
	} else if (c >= 0x20 && c <= 0x7e) {
		out_char(o, c);
	} else {
		out_char(o, '\\');
		out_char(o, 'x');
		out_char(o, hex[c >> 4]);
		out_char(o, hex[c & 15]);
	}
}

void ctext_escaped(struct out *o, const char *s, size_t n)
{
	if (out_if_plain(o, s, n, false))
		return;
	for (size_t i = 0; i < n; i++)
		put_char(o, s[i]);
}

void ctext_string(struct out *o, const char *s, size_t n)
{
	if (out_if_plain(o, s, n, true)) /* most are */
		return;
	out_char(o, '"');
	ctext_escaped(o, s, n);
	out_char(o, '"');
}

void ctext_flags(u64 value, const char *const bits[32])
{
	u64 unnamed = value >> 32 << 32;
	bool any = false;

	for (u32 left = value; left; left &= left - 1) {
		const char *name = bits[__builtin_ctz(left)];

		if (!name) {
			unnamed |= left & -left;
			continue;
		}
		if (any)
			out_plain("|");
		out_plain(name);
		any = true;
	}
	if (any && !unnamed)
		return;
	if (any)
		out_plain("|");
	put_hex(unnamed);
}

void ctext_name(u32 value, const char *const *names, size_t n)
{
	if (value < n)
		out_plain(names[value]);
	else
		put_hex(value);
}

void ctext_dfd(s32 fd)
{
	if (fd == AT_FDCWD)
		out_plain("AT_FDCWD");
	else
		out_plain_int(fd);
}

void ctext_result(s64 ret)
{
	const char *name = ret < 0 && ret >= -4095 ? errname(-ret) : NULL;

	if (name) {
		out_plain("-");
		out_plain(name);
	} else {
		out_plain_int(ret);
	}
}
