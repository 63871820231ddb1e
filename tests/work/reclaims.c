// SPDX-License-Identifier: BSD-2-Clause
/*
 * reclaims EXPECTED FILE	use so much memory that the kernel makes us free some first: only for guests
 *
 * FILE is read, so that there is something to free.  Then the kernel is told to keep nearly all free memory, and we
 * want three times what is left.
 * Writes [pid,stalls,stolen,scanned,ns,min_free_kb,file_kb]: the kernel's own counts of all direct reclaims, of the
 * pages that they freed, and of the objects that shrinkers looked at; how long all of it took; the memory that the
 * kernel kept; and how large the page cache was at the most.
 */
#include "vmstat.h"
#include "work.h"
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define MB (1L << 20)

static char buf[1 << 20];

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The kernel's own thread for this would be first: put it on our CPU, where it hardly runs as long as we do. */
static void outrun_kswapd(void)
{
	struct sched_param none = {};
	cpu_set_t cpu;
	char comm[32];
	FILE *f;

	CPU_ZERO(&cpu);
	CPU_SET(0, &cpu);
	for (int pid = 2; pid < 1000; pid++) {
		snprintf(buf, sizeof(buf), "/proc/%d/comm", pid);
		f = fopen(buf, "re");
		if (f && fscanf(f, "%31s", comm) == 1 && !strncmp(comm, "kswapd", 6) &&
		    (sched_setaffinity(pid, sizeof(cpu), &cpu) ||
		     sched_setscheduler(pid, SCHED_IDLE, &none)))
			err(1, "%s", comm);
		if (f)
			fclose(f);
	}
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		err(1, "our CPU");
}

int main(int argc, char **argv)
{
	long stalls, stolen, scanned, before, keep, file_kb, began, ns;
	char *p;
	int fd;

	if (argc != 3)
		errx(2, "usage: reclaims EXPECTED FILE");
	alarm(120);
	expect_to(argv[1]);
	prctl(PR_SET_NAME, "a stalled one");
	fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", argv[2]);
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	outrun_kswapd();
	/* What this program needs itself stays in memory. */
	if (mlockall(MCL_CURRENT))
		err(1, "mlockall");
	p = mmap(NULL, 24 * MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || madvise(p, 24 * MB, MADV_NOHUGEPAGE))
		err(1, "mmap");
	file_kb = vmstat("nr_file_pages") * 4;
	stalls = vmstat("allocstall_*");
	stolen = vmstat("pgsteal_direct");
	scanned = vmstat("slabs_scanned");
	began = now();
	keep = vmstat("nr_free_pages") * 4 - 8192;
	before = sysctl_vm("min_free_kbytes", keep);
	memset(p, 1, 24 * MB);
	sysctl_vm("min_free_kbytes", before);
	munmap(p, 24 * MB);
	ns = now() - began;
	expect("[%d,%ld,%ld,%ld,%ld,%ld,%ld]", getpid(), vmstat("allocstall_*") - stalls,
	       vmstat("pgsteal_direct") - stolen, vmstat("slabs_scanned") - scanned, ns, keep,
	       file_kb);
	return 0;
}
