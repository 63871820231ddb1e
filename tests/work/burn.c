// SPDX-License-Identifier: BSD-2-Clause
/*
 * burn EXPECTED PART...	burn CPU time in known functions, each part in turn:
 *	ratio=MS	burn_three() three times as long as burn_one()
 *	kernel=MS	read(2) of /dev/zero
 *	vdso=MS		clock_gettime(3)
 *	jit=MS		code without a file, named "burn_jit" by /tmp/perf-PID.map
 *	threads=MS	a second thread, "other thread", in burn_other() (alone)
 *	one=MS		burn_one()
 *	children=N	N programs, one after the other: burn - one=20
 *	fifo=PATH	wait until somebody writes there
 *
 * Writes [pid,"part",tid,CPU ms] for each part; nothing if EXPECTED is "-".
 */
#include "work.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FUNCTION __attribute__((noinline))

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static volatile long sink;

/* One body, three names; the numbers keep the linker from merging them. */
#define BURNER(name, number)                                    \
	FUNCTION void name(int ms)                              \
	{                                                       \
		double end = now(CLOCK_THREAD_CPUTIME_ID) + ms; \
		do                                              \
			for (int i = 0; i < 20000; i++)         \
				sink += number;                 \
		while (now(CLOCK_THREAD_CPUTIME_ID) < end);     \
	}
BURNER(burn_one, 1)
BURNER(burn_three, 3)
BURNER(burn_other, 5)

FUNCTION void part_ratio(int ms)
{
	unsigned int random = 1;

	/* Turns of random length, which cannot keep in step with the samples. */
	for (int done = 0, one; done < ms; done += 4 * one) {
		random = random * 1103515245 + 12345;
		one = 2 + (random >> 16) % 14;
		burn_three(3 * one);
		burn_one(one);
	}
}

FUNCTION void part_kernel(int ms)
{
	static char buf[1 << 20];
	double begin = now(CLOCK_THREAD_CPUTIME_ID);
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

	while (now(CLOCK_THREAD_CPUTIME_ID) - begin < ms)
		for (int i = 0; i < 4; i++)
			if (read(fd, buf, sizeof(buf)) < 0)
				err(1, "/dev/zero");
	close(fd);
}

FUNCTION void part_vdso(int ms)
{
	double begin = now(CLOCK_THREAD_CPUTIME_ID);

	while (now(CLOCK_THREAD_CPUTIME_ID) - begin < ms)
		for (int i = 0; i < 50000; i++)
			now(CLOCK_MONOTONIC);
}

/* while (--n) ; with a frame of its own */
static const unsigned char code[] = {
#ifdef __x86_64__
	0x55, 0x48, 0x89, 0xe5, 0x48, 0xff, 0xcf, 0x75, 0xfb, 0x5d, 0xc3,
#else /* arm64 */
	0x00, 0x04, 0x00, 0xf1, 0xe1, 0xff, 0xff, 0x54, 0xc0, 0x03, 0x5f, 0xd6,
#endif
};

FUNCTION void part_jit(int ms)
{
	double begin = now(CLOCK_THREAD_CPUTIME_ID);
	char path[64];
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FILE *map;

	memcpy(page, code, sizeof(code));
	mprotect(page, 4096, PROT_READ | PROT_EXEC);
	__builtin___clear_cache(page, (char *)page + sizeof(code));
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	map = fopen(path, "we");
	if (!map)
		err(1, "%s", path);
	fprintf(map, "%lx %zx burn_jit\n", (long)page, sizeof(code));
	fclose(map);
	while (now(CLOCK_THREAD_CPUTIME_ID) - begin < ms)
		((void (*)(long))page)(1000000);
}

static void *other_thread(void *arg)
{
	int *ms = arg;

	prctl(PR_SET_NAME, "other thread");
	burn_other(*ms);
	*ms = syscall(SYS_gettid);
	return NULL;
}

static int part_threads(int ms)
{
	pthread_t thread;

	pthread_create(&thread, NULL, other_thread, &ms);
	pthread_join(thread, NULL);
	return ms;
}

static void part_children(int n)
{
	char exe[4096] = "";

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		err(1, "/proc/self/exe");
	while (n--) {
		pid_t pid = fork();

		if (!pid) {
			execl(exe, "burn", "-", "one=20", NULL);
			_exit(1);
		}
		waitpid(pid, NULL, 0);
	}
}

static void wait_for(const char *path)
{
	char byte;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, &byte, 1) < 0)
		err(1, "%s", path);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: burn EXPECTED PART=N...");
	if (strcmp(argv[1], "-"))
		expect_to(argv[1]);
	for (int i = 2; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		double begin = now(CLOCK_PROCESS_CPUTIME_ID);
		int tid = syscall(SYS_gettid), n;

		if (!value)
			errx(2, "%s: not PART=N", argv[i]);
		*value++ = 0;
		n = atoi(value);
		if (!strcmp(argv[i], "ratio"))
			part_ratio(n);
		else if (!strcmp(argv[i], "one"))
			burn_one(n);
		else if (!strcmp(argv[i], "kernel"))
			part_kernel(n);
		else if (!strcmp(argv[i], "vdso"))
			part_vdso(n);
		else if (!strcmp(argv[i], "jit"))
			part_jit(n);
		else if (!strcmp(argv[i], "threads"))
			tid = part_threads(n);
		else if (!strcmp(argv[i], "children"))
			part_children(n);
		else if (!strcmp(argv[i], "fifo"))
			wait_for(value);
		if (expected)
			expect("[%d,\"%s\",%d,%.0f]", getpid(), argv[i], tid,
			       now(CLOCK_PROCESS_CPUTIME_ID) - begin);
	}
	return 0;
}
