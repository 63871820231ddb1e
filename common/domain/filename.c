// SPDX-License-Identifier: BSD-2-Clause
#include "domain/filename.h"
#include <string.h>
#include <sys/stat.h>

struct value filename_value(const char *name, size_t size, u32 mode, u64 ino)
{
	size_t len = strnlen(name, size);

	if (!len)
		return value_fmt("%s:[%llu]", S_ISFIFO(mode) ? "pipe" : "inode", ino);
	return value_strn(name, len);
}
