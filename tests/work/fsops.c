// SPDX-License-Identifier: BSD-2-Clause
/*
 * fsops EXPECTED DIR [START]: opens, reads, writes and fsyncs of files in DIR.
 *
 * With START, a FIFO, it waits until that is opened for writing.  Writes what a
 * tracer must see: [TYPE,BYTES,OFFSET,FILE], with BCC's letters for the types, and
 * C for an open that creates its file.
 */
#include "work.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char buf[20000];
static char *volatile nowhere = (char *)1;

static int open_file(const char *name, int flags)
{
	int fd = open(name, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		err(1, "%s", name);
	expect("[\"%c\",0,0,\"%s\"]", flags & O_CREAT ? 'C' : 'O', name);
	return fd;
}

static void moved(char type, const char *name, long n, long want, long at)
{
	if (n != want)
		err(1, "%s: %c", name, type);
	expect("[\"%c\",%ld,%ld,\"%s\"]", type, n < 0 ? 0 : n, at, name);
}

static void synced(const char *name, int result)
{
	moved('S', name, result, 0, 0);
}

int main(int argc, char **argv)
{
	const char *name = "a file";
	struct stat st;
	int fd, start;

	if (argc < 3)
		errx(2, "usage: fsops EXPECTED DIR [START]");
	expect_to(argv[1]);
	if (argc > 3) {
		start = open(argv[3], O_RDONLY | O_CLOEXEC);
		if (start < 0 || read(start, buf, 1) < 0)
			err(1, "%s", argv[3]);
	}
	if (chdir(argv[2]))
		err(1, "%s", argv[2]);
	fd = open_file(name, O_RDWR | O_CREAT | O_EXCL);
	for (int i = 0; i < 3; i++)
		moved('W', name, write(fd, buf, 5000), 5000, 5000 * i);
	synced(name, fsync(fd));
	synced(name, fdatasync(fd));
	moved('R', name, pread(fd, buf, 4096, 8192), 4096, 8192);
	moved('R', name, pread(fd, buf, sizeof(buf), 10000), 5000, 10000);
	moved('R', name, pread(fd, buf, 100, 15000), 0, 15000); /* the end of the file */
	moved('R', name, pread(fd, nowhere, 100, 0), -1, 0);    /* EFAULT */
	if (fstat(fd, &st))
		err(1, "%s", name);
	expect("[\"G\",0,0,\"%s\"]", name);
	close(fd);
	fd = open_file(name, O_WRONLY | O_APPEND);
	moved('W', name, write(fd, buf, 7), 7, 15000); /* O_APPEND: at the end */
	close(fd);
	name = "another";
	fd = open_file(name, O_WRONLY | O_CREAT | O_EXCL);
	moved('W', name, pwrite(fd, buf, 1, 1l << 33), 1, 1l << 33);
	synced(name, fsync(fd));
	close(fd);
	unlink("a file");
	unlink("another");
	return 0;
}
