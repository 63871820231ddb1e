// SPDX-License-Identifier: BSD-2-Clause
#include "base/str.h"
#include <err.h>
#include <stdlib.h>
#include <string.h>

char *str_room(struct str *s, size_t n)
{
	if (!s->p || s->len + n > s->room) {
		s->room = 2 * (s->len + n) + 256;
		s->p = realloc(s->p, s->room);
		if (!s->p)
			err(1, NULL);
	}
	return s->p + s->len;
}

void str_put(struct str *s, const void *p, size_t n)
{
	if (!n)
		return;
	memcpy(str_room(s, n), p, n);
	s->len += n;
}

const char *strings_next(struct strings *s, size_t *len)
{
	const char *first = s->p;

	if (first >= s->end)
		return NULL;
	*len = strnlen(first, s->end - first);
	s->p = first + *len + (first + *len < s->end);
	return first;
}

struct strings strings_first(struct strings s, u32 n)
{
	struct strings rest = s;
	size_t len;

	if (n >= (size_t)(rest.end - rest.p)) /* each string takes at least a byte */
		return s;
	while (n-- && strings_next(&rest, &len))
		;
	return (struct strings){ s.p, rest.p };
}

void str_put_strings(struct str *to, struct strings from, const char *before)
{
	const char *s;
	size_t len;

	while ((s = strings_next(&from, &len))) {
		str_put(to, before, strlen(before));
		str_put(to, s, len);
	}
}
