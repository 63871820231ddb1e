// SPDX-License-Identifier: BSD-2-Clause
/*
 * blockio EXPECTED DEVICE [KIND N]...	KIND: read, write, dsync, flush, burst, sleep
 *
 * N direct reads or writes of 4 KB each (dsync: each with O_DSYNC), one after
 * the other; N flushes of the device's cache; a burst of N reads at the same time; or a
 * sleep of N milliseconds.  Writes what it did: [KIND,N].
 */
#include "work.h"
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 4096

static int device(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static void io(const char *path, const char *kind, int n)
{
	static char block[BLOCK] __attribute__((aligned(BLOCK)));
	int writes = *kind != 'r', sync = !strcmp(kind, "dsync") ? O_DSYNC : 0;
	int fd = device(path, writes ? O_WRONLY | O_DIRECT | sync : O_RDONLY | O_DIRECT);

	for (int i = 0; i < n; i++) {
		/* every other block: no two of them can be merged */
		off_t at = 2l * BLOCK * (i % 1000);

		if ((writes ? pwrite(fd, block, BLOCK, at) : pread(fd, block, BLOCK, at)) != BLOCK)
			err(1, "%s: %s", path, kind);
	}
	close(fd);
}

static void flush(const char *path, int n)
{
	int fd = device(path, O_RDWR);

	while (n--)
		if (fsync(fd))
			err(1, "%s: fsync", path);
	close(fd);
}

static void *read_one(void *path)
{
	io(path, "read", 1);
	return NULL;
}

static void burst(const char *path, int n)
{
	pthread_t threads[64];

	for (int i = 0; i < n; i++)
		pthread_create(&threads[i], NULL, read_one, (void *)path);
	while (n)
		pthread_join(threads[--n], NULL);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: blockio EXPECTED DEVICE [KIND N]...");
	expect_to(argv[1]);
	for (int i = 3; i + 1 < argc; i += 2) {
		int n = atoi(argv[i + 1]);

		if (!strcmp(argv[i], "sleep")) {
			usleep(n * 1000);
			continue;
		}
		if (!strcmp(argv[i], "flush"))
			flush(argv[2], n);
		else if (!strcmp(argv[i], "burst"))
			burst(argv[2], n);
		else
			io(argv[2], argv[i], n);
		expect("[\"%s\",%d]", argv[i], n);
	}
	return 0;
}
