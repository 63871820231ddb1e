// SPDX-License-Identifier: BSD-2-Clause
/*
 * vfscalls EXPECTED DIR N
 *
 * N rounds of calls into the virtual file system, on files below DIR.  Writes what they were:
 * [reads,writes,fsyncs,opens,creates,unlinks,mkdirs,rmdirs].
 */
#include "work.h"
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char buf[4096];

static void must(bool ok, const char *what)
{
	if (!ok)
		err(1, "%s", what);
}

static void round_of_calls(void)
{
	struct iovec iov[2] = { { buf, 100 }, { buf, 200 } };
	int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0600);
	void *page;

	must(fd >= 0, "open");
	must(write(fd, buf, 100) == 100, "write");
	must(pwrite(fd, buf, 4096, 0) == 4096, "pwrite");
	must(writev(fd, iov, 2) == 300, "writev");
	must(pwritev(fd, iov, 2, 0) == 300, "pwritev");
	must(pwritev2(fd, iov, 2, 0, 0) == 300, "pwritev2");
	must(write(fd, buf, 0) == 0, "write of nothing");
	must(fsync(fd) == 0, "fsync");
	must(fdatasync(fd) == 0, "fdatasync");
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(page != MAP_FAILED, "mmap");
	memset(page, 1, 4096);
	must(msync(page, 4096, MS_SYNC) == 0, "msync");
	munmap(page, 4096);
	must(lseek(fd, 0, SEEK_SET) == 0, "lseek");
	must(read(fd, buf, 100) == 100, "read");
	must(pread(fd, buf, 200, 0) == 200, "pread");
	must(readv(fd, iov, 2) == 300, "readv");
	must(preadv(fd, iov, 2, 0) == 300, "preadv");
	must(pread(fd, buf, 1, 1 << 20) == 0, "pread behind the end");
	close(fd);
	fd = open("file", O_RDWR | O_CREAT, 0600); /* creates nothing */
	must(fd >= 0, "open again");
	close(fd);
	must(open("none", O_RDONLY) < 0, "open of what is not there");
	must(mknod("node", S_IFREG | 0600, 0) == 0, "mknod");
	must(unlink("file") == 0 && unlink("node") == 0, "unlink");
	must(mkdir("dir", 0700) == 0, "mkdir");
	must(rmdir("dir") == 0, "rmdir");
}

int main(int argc, char **argv)
{
	int n;

	if (argc != 4)
		errx(2, "usage: vfscalls EXPECTED DIR N");
	n = atoi(argv[3]);
	expect_to(argv[1]);
	must(chdir(argv[2]) == 0, argv[2]);
	for (int i = 0; i < n; i++)
		round_of_calls();
	expect("[%d,%d,%d,%d,%d,%d,%d,%d]", 5 * n, 6 * n, 3 * n, 2 * n, 2 * n, 2 * n, n, n);
	return 0;
}
