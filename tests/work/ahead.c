// SPDX-License-Identifier: BSD-2-Clause
/*
 * ahead EXPECTED FILE sequence	read a file of 300 pages from beginning to end
 * ahead EXPECTED FILE random	read 50 of its pages, after telling the kernel that reads will be random
 * ahead EXPECTED FILE half	have 64 pages read ahead, wait 40 ms, read 20 of them
 * ahead EXPECTED FILE dropped	have 64 pages read ahead, drop them, read 10 others
 *
 * At the start, none of the file is cached.  Writes how many pages were cached, as mincore(2) says,
 * and how many of those were read: [cached,used].
 */
#include "work.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGES 300
#define SIZE  4096

static char buf[SIZE];
static int fd;

static int cached(void)
{
	unsigned char in[PAGES];
	void *p = mmap(NULL, PAGES * SIZE, PROT_READ, MAP_SHARED, fd, 0);
	int n = 0;

	if (p == MAP_FAILED || mincore(p, PAGES * SIZE, in))
		err(1, "mincore");
	munmap(p, PAGES * SIZE);
	for (int i = 0; i < PAGES; i++)
		n += in[i] & 1;
	return n;
}

static void advise(off_t page, off_t pages, int advice)
{
	if ((errno = posix_fadvise(fd, page * SIZE, pages * SIZE, advice)))
		err(1, "posix_fadvise");
}

static void drop(void)
{
	for (int i = 0; i < 100 && cached(); i++) {
		sync();
		advise(0, 0, POSIX_FADV_DONTNEED);
	}
	if (cached())
		errx(1, "%d pages stay cached", cached());
}

static void read_page(off_t page)
{
	if (pread(fd, buf, SIZE, page * SIZE) != SIZE)
		err(1, "pread");
}

static void rest(long ms)
{
	struct timespec left = { 0, ms * 1000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

int main(int argc, char **argv)
{
	const char *what;
	int used = 0, before = 0;

	if (argc != 4)
		errx(2, "usage: ahead EXPECTED FILE sequence|random|half|dropped");
	what = argv[3];
	expect_to(argv[1]);
	fd = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		err(1, "%s", argv[2]);
	for (int i = 0; i < PAGES; i++)
		if (pwrite(fd, buf, SIZE, (off_t)i * SIZE) != SIZE)
			err(1, "write");
	drop();
	if (!strcmp(what, "sequence")) {
		for (; used < PAGES; used++)
			read_page(used);
	} else {
		advise(0, 0, POSIX_FADV_RANDOM);
		if (!strcmp(what, "random")) {
			for (; used < 50; used++)
				read_page((used * 7 + 3) % PAGES);
		} else {
			advise(0, 64, POSIX_FADV_WILLNEED);
			rest(40);
			before = cached();
			if (!strcmp(what, "dropped"))
				drop();
			for (; used < 20; used++)
				read_page(!strcmp(what, "dropped") ? 100 + used : used);
		}
	}
	if (!strcmp(what, "dropped"))
		before += cached();
	else
		before = cached();
	expect("[%d,%d]", before, used);
	return 0;
}
