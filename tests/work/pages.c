// SPDX-License-Identifier: BSD-2-Clause
/*
 * pages EXPECTED DIR cold|warm|write	known reads and writes of files in DIR, on a disk
 *
 * It does what must be counted only while its user ID is 54321.  The program and its libraries are
 * in memory before that.  Writes [read,mapped,misses,dirtied]: the pages that were read by system
 * calls, touched in mapped files, not in the cache, and written.  The file system writes a few of
 * its own as well.
 */
#include "work.h"
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <unistd.h>

#define PAGES 1600
#define SIZE  (PAGES * 4096L)
/* A page fault maps this many pages at a time; on newer kernels, also the rest of a large folio. */
#define AROUND 16

static char buf[64 << 10] __attribute__((aligned(4096)));
static volatile char sink;

static int file(const char *dir, int flags)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/pages", dir);
	fd = open(path, O_RDWR | O_NOATIME | flags, 0644);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void write_pages(int fd, long first, long n)
{
	if (lseek(fd, first * 4096, SEEK_SET) < 0)
		err(1, "lseek");
	for (long left = n * 4096, now; left; left -= now) {
		now = left < (long)sizeof(buf) ? left : (long)sizeof(buf);
		if (write(fd, buf, now) != now)
			err(1, "write");
	}
}

static int cached(int fd)
{
	unsigned char there[PAGES];
	void *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	int n = 0;

	if (map == MAP_FAILED || mincore(map, SIZE, there))
		err(1, "mincore");
	munmap(map, SIZE);
	for (int i = 0; i < PAGES; i++)
		n += there[i] & 1;
	return n;
}

/*
 * Remove clean pages from the cache.  It keeps those that a program has mapped, and for a short
 * time those that wait in a batch of some CPU: so try again.
 */
static void drop_cache(int fd)
{
	int drop = open("/proc/sys/vm/drop_caches", O_WRONLY);

	for (int tries = 0; tries < 50; tries++) {
		if (fsync(fd) || drop < 0 || write(drop, "1", 1) != 1 ||
		    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
			err(1, "cannot empty the cache");
		if (!cached(fd)) {
			close(drop);
			return;
		}
		usleep(20000);
	}
	errx(1, "%d pages stay in the cache", cached(fd));
}

static void count(bool on)
{
	prctl(PR_SET_NAME, on ? "pages counted" : "pages");
	if (setreuid(on ? 54321 : 0, -1))
		err(1, "setreuid");
}

static void read_all(int fd)
{
	lseek(fd, 0, SEEK_SET);
	while (read(fd, buf, sizeof(buf)) > 0)
		;
}

/* Single pages here and there, each once. */
static void read_scattered(int fd, int n)
{
	for (int i = 0; i < n; i++)
		if (pread(fd, buf, 4096, i * 7L % PAGES * 4096) != 4096)
			err(1, "pread");
}

static void cold(int fd)
{
	count(true);
	read_all(fd);
	count(false);
	expect("[%d,0,%d,0]", PAGES, PAGES);
}

static long faults(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return used.ru_minflt;
}

static void warm(int fd, int null)
{
	char *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	off_t pos = 0;
	ssize_t sent;
	long before;
	int mapped;

	count(true);
	read_scattered(fd, 700);
	/* three bytes in two pages; nothing at the end of the file; nothing if the call fails */
	if (pread(fd, buf, 3, 4094) != 3 || pread(fd, buf, 1, SIZE) || pread(-1, buf, 1, 0) != -1)
		err(1, "pread");
	while ((sent = sendfile(null, fd, &pos, 300 * 4096L - pos)) > 0)
		;
	before = faults();
	for (int i = 0; i < PAGES; i += AROUND)
		sink = map[i * 4096L];
	mapped = faults() - before;
	munmap(map, SIZE);
	count(false);
	if (mapped < 1 || mapped > PAGES / AROUND)
		errx(1, "%d page faults", mapped);
	expect("[%d,%d,0,0]", 700 + 2 + 300, mapped);
}

/* The first write finds half of the file in the cache; the second finds all of it dirty. */
static void overwrite(int fd)
{
	for (long i = PAGES / 2; i < PAGES; i++)
		if (pread(fd, buf, 4096, i * 4096) != 4096)
			err(1, "pread");
	count(true);
	write_pages(fd, 0, PAGES);
	write_pages(fd, 10, 100);
	count(false);
	expect("[0,0,0,%d]", PAGES);
}

int main(int argc, char **argv)
{
	int fd, null = open("/dev/null", O_WRONLY);
	const char *what;

	if (argc < 4)
		errx(2, "usage: pages EXPECTED DIR cold|warm|write");
	expect_to(argv[1]);
	what = argv[3];
	fd = file(argv[2], O_CREAT | O_TRUNC);
	write_pages(fd, 0, PAGES);
	if (mlockall(MCL_CURRENT))
		err(1, "mlockall");
	drop_cache(fd);
	if (posix_fadvise(fd, 0, 0, *what == 'c' ? POSIX_FADV_NORMAL : POSIX_FADV_RANDOM))
		errx(1, "posix_fadvise");
	if (!strcmp(what, "cold")) {
		cold(fd);
	} else if (!strcmp(what, "warm")) {
		read_all(fd);
		warm(fd, null);
	} else {
		overwrite(fd);
	}
	return 0;
}
