// SPDX-License-Identifier: BSD-2-Clause
/*
 * lookups EXPECTED DIR [TIMES]		names looked up in every way, in an empty directory
 *
 * It does what must be counted only while its user ID is 54321.  Writes, in order,
 * [name,slow,missed].  missed: the cache can't have known the name; slow: the kernel can't
 * have found it by a lockless walk alone.  Either is null if it can't be told.
 */
#include "work.h"
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int dir;

#define HIT         "false,false"
#define HIT_SLOWLY  "true,false"
#define HIT_SOMEHOW "null,false"
#define MISS        "true,true"

static void did(const char *name, const char *how)
{
	expect("[\"%s\",%s]", name, how);
}

static void look(const char *name, const char *how)
{
	struct stat st;

	fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW);
	did(name, how);
}

static void open_with(int flags, const char *name, const char *how)
{
	close(openat(dir, name, flags, 0600));
	did(name, how);
}

static void count(bool on)
{
	prctl(PR_SET_NAME, on ? "looks names up" : "lookups");
	if (setreuid(on ? 54321 : 0, -1))
		err(1, "setreuid");
}

static void ways(void)
{
	char longest[256];
	struct stat st;

	memset(longest, 'x', 255);
	longest[255] = 0;
	look("here", HIT);
	look("none", MISS);
	look("none", HIT); /* now the cache knows that there is none */
	fstatat(dir, "sub/below", &st, 0);
	did("sub", HIT);
	did("below", HIT);
	fstatat(dir, "sub/none/none", &st, 0);
	did("sub", HIT);
	did("none", MISS);
	open_with(O_RDONLY, "here", HIT);
	open_with(O_RDONLY, "not to open", MISS);
	open_with(O_RDONLY, "not to open", HIT);
	open_with(O_WRONLY | O_CREAT, "new", MISS);
	open_with(O_WRONLY | O_CREAT, "here", HIT_SOMEHOW);
	open_with(O_WRONLY | O_CREAT | O_EXCL, "here", HIT_SLOWLY);
	open_with(O_WRONLY | O_CREAT | O_EXCL, "newer", MISS);
	open_with(O_RDONLY, "newer", HIT);
	mkdirat(dir, "made", 0700);
	did("made", MISS);
	renameat(dir, "new", dir, "renamed");
	did("new", HIT_SLOWLY);
	did("renamed", MISS);
	unlinkat(dir, "newer", 0);
	did("newer", HIT_SLOWLY);
	look(longest, MISS);
}

int main(int argc, char **argv)
{
	int times = argc > 3 ? atoi(argv[3]) : 0;

	if (argc < 3)
		errx(2, "usage: lookups EXPECTED DIR [TIMES]");
	expect_to(argv[1]);
	dir = open(argv[2], O_PATH | O_DIRECTORY);
	if (dir < 0 || mkdirat(dir, "sub", 0700))
		err(1, "%s", argv[2]);
	close(openat(dir, "here", O_CREAT | O_WRONLY, 0600));
	close(openat(dir, "sub/below", O_CREAT | O_WRONLY, 0600));
	count(true);
	if (!times)
		ways();
	for (int i = 0; i < times; i++)
		look("here", HIT);
	count(false);
	return 0;
}
