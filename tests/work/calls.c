// SPDX-License-Identifier: BSD-2-Clause
/*
 * calls EXPECTED N [PAUSE_MS]	known numbers of calls, in three rounds
 *
 * Writes [name,calls] for functions of its own, of libc and of the kernel, and
 * for its USDT probes; "on 0" and "on 1" are the getppid() calls on these CPUs.
 */
#include "sdt.h"
#include "work.h"
#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Tracers increment the semaphore while they watch.  A program checks it before it prepares costly
 * arguments.
 */
unsigned short snoop_guarded_semaphore __attribute__((section(".probes")));

static int guarded;

#define NOINLINE __attribute__((noinline, noclone))

NOINLINE void known_one(void)
{
	asm volatile("");
}

/* A second name for the same function, which must be counted once. */
void __known_alias(void) __attribute__((alias("known_one")));

NOINLINE void known_two(void)
{
	asm volatile("");
}

NOINLINE static void known_static(void)
{
	asm volatile("");
}

NOINLINE void known_never(void)
{
	asm volatile("");
}

/* One probe in two places. */
NOINLINE static void probes(void)
{
	USDT("plain", "0");
	USDT("plain", "0");
	if (*(volatile unsigned short *)&snoop_guarded_semaphore) {
		guarded++;
		USDT("guarded", "snoop_guarded_semaphore");
	}
}

static void on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void round_of(int n)
{
	unsigned int seed = 1;
	int fd = open("/dev/null", O_WRONLY);

	for (int i = 0; i < n; i++) {
		known_one();
		known_two();
		known_two();
		known_static();
		probes();
		rand_r(&seed);
		srand48(i);
		lrand48();
		lrand48();
		fsync(fd);
		on_cpu(0);
		syscall(SYS_getppid);
		on_cpu(1);
		syscall(SYS_getppid);
		syscall(SYS_getppid);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 0, pause = argc > 3 ? atoi(argv[3]) : 0;

	if (n < 1)
		errx(2, "usage: calls EXPECTED N [PAUSE_MS]");
	if (argc > 4)
		known_never();
	for (int i = 0; i < 3; i++) {
		round_of(n);
		usleep(pause * 1000);
	}
	n *= 3;
	expect_to(argv[1]);
	expect("[\"known_one\",%d]", n);
	expect("[\"known_two\",%d]", 2 * n);
	expect("[\"known_static\",%d]", n);
	expect("[\"plain\",%d]", 2 * n);
	expect("[\"guarded\",%d]", guarded);
	expect("[\"rand_r\",%d]", n);
	expect("[\"srand48\",%d]", n);
	expect("[\"lrand48\",%d]", 2 * n);
	expect("[\"vfs_fsync_range\",%d]", n);
	expect("[\"getppid\",%d]", 3 * n);
	expect("[\"on 0\",%d]", n);
	expect("[\"on 1\",%d]", 2 * n);
	return 0;
}
