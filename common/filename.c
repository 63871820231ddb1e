// SPDX-License-Identifier: BSD-2-Clause
#include "filename.h"
#include <sys/stat.h>

void out_filename(struct out *o, const char *name, u32 mode, u64 ino)
{
	if (!*name)
		out_fmt(o, "%s:[%llu]", S_ISFIFO(mode) ? "pipe" : "inode", ino);
	else
		out_str(o, name);
}
