// SPDX-License-Identifier: BSD-2-Clause
#include "path.h"
#include <string.h>

size_t path_join(char *to, const char *names, size_t len)
{
	const char *p = names + len;
	size_t n = 0;

	while (p > names) {
		const char *end = --p;

		while (p > names && p[-1])
			p--;
		to[n++] = '/';
		memcpy(to + n, p, end - p);
		n += end - p;
	}
	return n;
}
