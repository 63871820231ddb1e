// SPDX-License-Identifier: BSD-2-Clause
#include "gen/format.h"
#include "lib/gen.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "%-8ld": flags and a width, a length, and a letter. */
static const char *parse_value(struct format_value *v, const char *s, const char *text,
			       struct piece quoted)
{
	size_t flags = strspn(s, "-+ #0"), width = strspn(s + flags, "0123456789");
	size_t length = strspn(s + flags + width, "hl");
	const char *l = s + flags + width;
	char letter = l[length];

	if (flags + width > 8 || length > 2 || !letter ||
	    !strchr("dioux"
		    "XcspKU",
		    letter))
		gen_error(text, quoted,
			  "'%%%.*s' is no format: expected %%d %%u %%x %%c %%s %%p %%K or %%U, "
			  "with h, l or ll",
			  (int)(flags + width + length + !!letter), s);
	v->size = length == 1 && *l == 'h' ? 2 : length == 2 && *l == 'h' ? 1 : length ? 8 : 4;
	v->kind = letter == 'i' ? 'd' : letter;
	if (strchr("spKU", letter))
		v->size = 8;
	if (letter == 'c')
		v->size = 1;
	snprintf(v->print, sizeof(v->print), "%%%.*s%s%c", (int)(flags + width), s,
		 strchr("csKU", letter) ? "" : "ll",
		 strchr("cKU", letter) ? 's'
		 : letter == 'p'       ? 'x'
				       : letter);
	return l + length + 1;
}

void format_parse(struct format *f, const char *text, struct piece quoted)
{
	u32 len;
	char *s = lex_string(quoted, &len), *out = s, *from = s;

	if (strlen(s) != len)
		gen_error(text, quoted, "a format can't contain a NUL");
	while (*s) {
		char c = *s++;

		if (c != '%' || *s == '%') {
			s += c == '%';
			*out++ = c;
			continue;
		}
		if (f->n == FORMAT_VALUES)
			gen_error(text, quoted, "a format has at most %d values", FORMAT_VALUES);
		s = (char *)parse_value(&f->values[f->n], s, text, quoted);
		*out++ = 0; /* in place of the % */
		f->values[f->n++].before = from;
		from = out;
	}
	*out = 0;
	f->after = from;
}

u32 format_size(const struct format *f, u32 room)
{
	u32 size = 0;

	for (u32 i = 0; i < f->n; i++)
		size += gen_value_size(
			&(struct gen_value){ .room = f->values[i].kind == 's' ? room : 0 });
	return size;
}

bool format_value(const struct format_value *v, const char **at, u32 room, u64 *number,
		  const char **s, size_t *len)
{
	u32 unused = 64 - 8 * v->size;
	s64 first;

	memcpy(&first, *at, sizeof(first));
	*s = NULL;
	if (v->kind == 's') {
		*s = *at + offsetof(struct gen_string, bytes);
		*len = first < 0 ? 0 : strnlen(*s, room);
		*at += gen_value_size(&(struct gen_value){ .room = room });
		return first >= 0;
	}
	*at += 8;
	*number = (u64)first << unused >> unused;
	if (v->kind == 'd')
		*number = (s64)((u64)first << unused) >> unused;
	return true;
}

static void put(struct str *to, const char *s)
{
	str_put(to, s, strlen(s));
}

void format_text(const struct format *f, const char *values, u32 room, struct str *to,
		 const char *(*symbol)(char kind, u64 addr))
{
	char text[512], chars[2] = {};

	for (u32 i = 0; i < f->n; i++) {
		const struct format_value *v = &f->values[i];
		const char *s;
		size_t len = 0;
		u64 n = 0;

		put(to, v->before);
		format_value(v, &values, room, &n, &s, &len);
		if (s && !strcmp(v->print, "%s")) {
			str_put(to, s, len);
			continue;
		}
		if (s)
			snprintf(text, sizeof(text), v->print, strndupa(s, len));
		else if (v->kind == 'K' || v->kind == 'U')
			snprintf(text, sizeof(text), v->print, symbol(v->kind, n));
		else if (v->kind == 'c')
			snprintf(text, sizeof(text), v->print, (chars[0] = n, chars));
		else
			snprintf(text, sizeof(text), v->print, n);
		if (v->kind == 'p')
			put(to, "0x");
		put(to, text);
	}
	put(to, f->after ?: "");
}
