// SPDX-License-Identifier: BSD-2-Clause
#include "domain/openflags.h"
#include <fcntl.h>
#include <string.h>

#ifdef __aarch64__
#define LARGEFILE 0400000
#else
#define LARGEFILE 0100000
#endif

static const struct {
	const char *name;
	u32 bits;
} names[] = {
	{ "O_RDONLY", O_RDONLY },
	{ "O_WRONLY", O_WRONLY },
	{ "O_RDWR", O_RDWR },
	{ "O_CREAT", O_CREAT },
	{ "O_EXCL", O_EXCL },
	{ "O_NOCTTY", O_NOCTTY },
	{ "O_TRUNC", O_TRUNC },
	{ "O_APPEND", O_APPEND },
	{ "O_NONBLOCK", O_NONBLOCK },
	{ "O_NDELAY", O_NDELAY },
	{ "O_DSYNC", O_DSYNC },
	{ "O_SYNC", O_SYNC & ~O_DSYNC },
	{ "O_RSYNC", O_RSYNC & ~O_DSYNC },
	{ "O_ASYNC", O_ASYNC },
	{ "O_DIRECT", O_DIRECT },
	{ "O_NOATIME", O_NOATIME },
	{ "O_DIRECTORY", O_DIRECTORY },
	{ "O_NOFOLLOW", O_NOFOLLOW },
	{ "O_CLOEXEC", O_CLOEXEC },
	{ "O_PATH", O_PATH },
	{ "O_TMPFILE", O_TMPFILE & ~O_DIRECTORY },
};

bool open_flag(const char *name, u32 *bits)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i].name)) {
			*bits = names[i].bits;
			return true;
		}
	return false;
}

u32 open_flags_given(u32 flags)
{
	return flags & ~LARGEFILE;
}

bool open_creates(u32 flags)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}
