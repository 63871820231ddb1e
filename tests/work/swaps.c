// SPDX-License-Identifier: BSD-2-Clause
/*
 * swaps EXPECTED N	two processes get N and 2 N pages of theirs swapped out, and read them again
 *
 * Writes what swapin must count: [comm,pid,count].  Without readahead (vm.page-cluster), that is a read for each page.
 */
#include "work.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static volatile long sum;

/* How many of these pages are in swap. */
static long in_swap(const char *p, long pages)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	unsigned long long entry;
	long n = 0;

	for (long i = 0; i < pages; i++) {
		if (pread(fd, &entry, sizeof(entry),
			  ((unsigned long)p / 4096 + i) * sizeof(entry)) != sizeof(entry))
			err(1, "/proc/self/pagemap");
		n += entry >> 62 & 1;
	}
	close(fd);
	return n;
}

/* Each page has other bytes: the kernel keeps no file of zeroes, and shares nothing. */
static void swap(const char *comm, long pages)
{
	char *p = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);
	long n;

	prctl(PR_SET_NAME, comm);
	if (p == MAP_FAILED || madvise(p, pages * 4096, MADV_NOHUGEPAGE))
		err(1, "mmap");
	for (long i = 0; i < pages * 4096; i++)
		p[i] = i * 2654435761u >> 13;
	for (int tries = 0; tries < 100 && in_swap(p, pages) < pages; tries++) {
		if (madvise(p, pages * 4096, MADV_PAGEOUT))
			err(1, "madvise");
		usleep(10000);
	}
	n = in_swap(p, pages);
	if (n != pages)
		errx(1, "%ld of %ld pages are in swap", n, pages);
	for (long i = 0; i < pages; i++)
		sum += p[i * 4096];
	expect("[\"%s\",%d,%ld]", comm, getpid(), n);
}

int main(int argc, char **argv)
{
	long n;
	int status;

	if (argc != 3)
		errx(2, "usage: swaps EXPECTED N");
	expect_to(argv[1]);
	n = atol(argv[2]);
	for (int i = 1; i <= 2; i++) {
		if (!fork()) {
			swap(i == 1 ? "swaps once" : "swaps twice", i * n);
			_exit(0);
		}
		if (wait(&status) < 0 || status)
			errx(1, "a child failed");
	}
	return 0;
}
