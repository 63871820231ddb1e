// SPDX-License-Identifier: BSD-2-Clause
#include "domain/ctext.h"
#include "base/text.h"
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

void ctext_escaped(struct out *o, const char *s, size_t n)
{
	char unit[TEXT_UNIT];
	size_t len;

	if (out_if_plain(o, s, n, false))
		return;
	for (size_t i = 0; i < n;) {
		i += text_unit(TEXT_C, s + i, n - i, unit, &len);
		for (size_t j = 0; j < len; j++)
			out_char(o, unit[j]);
	}
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
