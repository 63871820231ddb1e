// SPDX-License-Identifier: BSD-2-Clause
/*
 * faraway EXPECTED PAGES: uses memory on the first CPU, and then the same memory on the last one, until the kernel has moved so
 * many pages to another NUMA node, at most 60 seconds.  Writes [pages that were moved, PID].
 */
#include "work.h"
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define SIZE (16l << 20)

static long moved(void)
{
	char line[128];
	long n = -1;
	FILE *f = fopen("/proc/vmstat", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "numa_pages_migrated %ld", &n) == 1)
			break;
	if (f)
		fclose(f);
	return n;
}

int main(int argc, char **argv)
{
	long before = moved(), now = before, cpus = sysconf(_SC_NPROCESSORS_ONLN);
	time_t end = time(NULL) + 60;
	cpu_set_t set;
	char *p;

	if (argc != 3)
		errx(2, "what?");
	expect_to(argv[1]);
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		err(1, "mmap");
	madvise(p, SIZE, MADV_NOHUGEPAGE);
	memset(p, 1, SIZE);
	CPU_ZERO(&set);
	CPU_SET(cpus - 1, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (int i = 0; now - before < atol(argv[2]) && time(NULL) < end; i++) {
		for (long at = 0; at < SIZE; at += 4096)
			p[at] = i;
		now = moved();
	}
	/* It goes on meanwhile. */
	munmap(p, SIZE);
	expect("[%ld,%d]", moved() - before, getpid());
	return 0;
}
