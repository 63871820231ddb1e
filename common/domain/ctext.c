// SPDX-License-Identifier: BSD-2-Clause
#include "domain/ctext.h"
#include "domain/errname.h"
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char buf[1 << 17]; /* room for each byte of each string as \xNN */
static size_t len;

void ctext_begin(void)
{
	len = 0;
	buf[0] = 0;
}

const char *ctext(void)
{
	return buf;
}

void ctext_put(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	len += vsnprintf(buf + len, sizeof(buf) - len, fmt, ap);
	va_end(ap);
	if (len >= sizeof(buf))
		len = sizeof(buf) - 1;
}

static void put_char(unsigned char c)
{
	static const char escaped[] = "\a\b\t\n\v\f\r\"\\", letters[] = "abtnvfr\"\\";
	const char *at = strchr(escaped, c);

	if (at && c)
		ctext_put("\\%c", letters[at - escaped]);
	else if (c >= 0x20 && c <= 0x7e)
		ctext_put("%c", c);
	else
		ctext_put("\\x%02x", c);
}

void ctext_escaped(const char *s)
{
	while (*s)
		put_char(*s++);
}

void ctext_string(const char *s)
{
	ctext_put("\"");
	ctext_escaped(s);
	ctext_put("\"");
}

void ctext_flags(u64 value, const char *const bits[32])
{
	const char *separator = "";

	for (int i = 0; i < 32; i++)
		if (bits[i] && value >> i & 1) {
			ctext_put("%s%s", separator, bits[i]);
			separator = "|";
			value &= ~(1ull << i);
		}
	if (value || !*separator)
		ctext_put("%s0x%llx", separator, (unsigned long long)value);
}

void ctext_name(u32 value, const char *const *names, size_t n)
{
	if (value < n)
		ctext_put("%s", names[value]);
	else
		ctext_put("0x%x", value);
}

void ctext_dfd(s32 fd)
{
	if (fd == AT_FDCWD)
		ctext_put("AT_FDCWD");
	else
		ctext_put("%d", fd);
}

void ctext_result(s64 ret)
{
	const char *name = ret < 0 ? errname(-ret) : NULL;

	if (name)
		ctext_put("-%s", name);
	else
		ctext_put("%lld", (long long)ret);
}
