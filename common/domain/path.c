// SPDX-License-Identifier: BSD-2-Clause
#include "domain/path.h"
#include "base/str.h"
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

size_t path_join(char *to, const char *names, size_t len)
{
	const char *p = names + len;
	size_t n = 0;

	if (len >= 2 && !p[-1] && p[-2] == '/') {
		bool cut = len < 3 || p[-3] != '/';
		const char *mark = cut ? "..." : "(unreachable)";

		n = strlen(mark);
		memcpy(to, mark, n);
		p -= cut ? 2 : 3;
	}

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

const char *path_at(int dfd, const char *file)
{
	static char path[PATH_MAX + 64];

	if (dfd == AT_FDCWD || *file == '/')
		return file;
	snprintf(path, sizeof(path), "/dev/fd/%d%s%s", dfd, *file ? "/" : "", file);
	return path;
}

struct value path_value(const char *names, size_t len, const char *path, size_t n)
{
	static struct str whole;

	whole.len = 0;
	str_room(&whole, len + PATH_MARK_LEN);
	whole.len = path_join(whole.p, names, len);
	if (n || !whole.len)
		str_put(&whole, "/", 1);
	str_put(&whole, path, n);
	return value_strn(whole.p, whole.len);
}
