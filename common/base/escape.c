// SPDX-License-Identifier: BSD-2-Clause
#include "base/escape.h"

/* Ranges, in order, of characters that are not shown. */
static const struct {
	u32 first, last;
} unseen[] = {
	{ 0x80, 0x9f }, /* these control terminals, too */
	{ 0xad, 0xad },     { 0x61c, 0x61c },   { 0x180e, 0x180e },
	{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
	{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe0fff },
};

static bool is_seen(u32 c)
{
	for (size_t i = 0; i < sizeof(unseen) / sizeof(*unseen) && c >= unseen[i].first; i++)
		if (c <= unseen[i].last)
			return false;
	return (c & 0xfffe) != 0xfffe; /* not characters, and not allowed in XML */
}

size_t utf8_len(const unsigned char *s, size_t n)
{
	static const u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;
	u32 c = *s & (0x7f >> len);

	if (!len || len > n)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	return is_seen(c) ? len : 0;
}

void escape(FILE *to, const char *s, size_t n)
{
	size_t len;

	for (size_t i = 0; i < n; i += len) {
		const unsigned char *c = (const unsigned char *)s + i;

		len = *c >= 0x20 && *c < 0x7f ? 1 : utf8_len(c, n - i);
		if (len)
			fwrite(c, 1, len, to);
		else
			fprintf(to, "\\%03o", *c);
		len = len ?: 1;
	}
}
