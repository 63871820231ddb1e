// SPDX-License-Identifier: BSD-2-Clause
#include "domain/filename.h"
#include <string.h>
#include <sys/stat.h>

void out_filename(struct out *o, const char *name, size_t size, u32 mode, u64 ino)
{
	size_t len = strnlen(name, size);

	if (!len)
		out_fmt(o, "%s:[%llu]", S_ISFIFO(mode) ? "pipe" : "inode", ino);
	else
		out_strn(o, name, len);
}
