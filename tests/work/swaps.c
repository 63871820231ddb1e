// SPDX-License-Identifier: BSD-2-Clause
/*
 * swaps EXPECTED N	two processes get N and 2 N pages of theirs swapped out, and read them again
 *
 * Writes what swapin must count: [comm,pid,count].  Without readahead (vm.page-cluster), that is a read for each page.
 */
#include "memcg.h"
#include "work.h"
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static volatile long sum;

/* How many of these pages are in memory, mapped or not. */
static long in_memory(char *p, long pages)
{
	unsigned char there[4096];
	long n = 0;

	if (pages > (long)sizeof(there) || mincore(p, pages * 4096, there))
		err(1, "mincore");
	for (long i = 0; i < pages; i++)
		n += there[i] & 1;
	return n;
}

/* Each page has other bytes: the kernel keeps no file of zeroes, and shares nothing. */
static void swap(const char *comm, const char *cgroup, long pages)
{
	char *p;
	long n;

	prctl(PR_SET_NAME, comm);
	if (!put(cgroup, "cgroup.procs", "%ld", getpid()))
		err(1, "%s", cgroup);
	/* All but these pages stays in memory. */
	if (mlockall(MCL_CURRENT))
		err(1, "mlockall");
	p = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || madvise(p, pages * 4096, MADV_NOHUGEPAGE))
		err(1, "mmap");
	for (long i = 0; i < pages * 4096; i++)
		p[i] = i * 2654435761u >> 13;
	/* What has just been written is still in memory, until the kernel needs it. */
	for (int tries = 0; tries < 100 && in_memory(p, pages); tries++) {
		if (madvise(p, pages * 4096, MADV_PAGEOUT))
			err(1, "madvise");
		put(cgroup, "memory.high", "%ld", 4096);
		put(cgroup, "memory.high", "max", 0);
		usleep(10000);
	}
	n = in_memory(p, pages);
	if (n)
		errx(1, "%ld of %ld pages are not only in swap", n, pages);
	for (long i = 0; i < pages; i++)
		sum += p[i * 4096];
}

int main(int argc, char **argv)
{
	char cgroup[64];
	int status;
	long n;

	if (argc != 3)
		errx(2, "usage: swaps EXPECTED N");
	expect_to(argv[1]);
	find_cgroups();
	snprintf(cgroup, sizeof(cgroup), "/swaps.%d", getpid());
	if (!put("", "cgroup.subtree_control", "+memory", 0))
		err(1, "no memory cgroups");
	make_cgroup(cgroup);
	n = atol(argv[2]);
	for (int i = 1; i <= 2; i++) {
		const char *comm = i == 1 ? "swaps once" : "swaps twice";
		pid_t pid = fork();

		if (!pid) {
			swap(comm, cgroup, i * n);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			errx(1, "a child failed");
		/* Not by the child: a tmpfs is swapped, too, and what it wrote would be in its cgroup. */
		expect("[\"%s\",%d,%ld]", comm, pid, i * n);
	}
	remove_cgroup(cgroup);
	return 0;
}
