// SPDX-License-Identifier: BSD-2-Clause
#include "filename.h"
#include <string.h>
#include <sys/stat.h>

#define SHOWN 32

void out_filename(struct out *o, const char *name, size_t size, u32 mode, u64 ino)
{
	char cut[SHOWN + 1];
	size_t n = SHOWN - 3, len = strnlen(name, size);

	if (!len) {
		out_fmt(o, "%s:[%llu]", S_ISFIFO(mode) ? "pipe" : "inode", ino);
	} else if (out_is_json(o) || len <= SHOWN) {
		out_strn(o, name, len);
	} else {
		/* Not within a character of UTF-8, which has four bytes at most. */
		while (n > SHOWN - 6 && (name[n] & 0xc0) == 0x80)
			n--;
		memcpy(cut, name, n);
		strcpy(cut + n, "...");
		out_str(o, cut);
	}
}
