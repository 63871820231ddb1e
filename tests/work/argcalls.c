// SPDX-License-Identifier: BSD-2-Clause
/*
 * argcalls EXPECTED N [EACH]	calls functions of its own and of the kernel with known arguments, 12 * N times each,
 *				and another one with each number below EACH
 *
 * Writes [name,"values",calls].
 */
#include "work.h"
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))

static int rounds;

NOINLINE long known_sized(const char *name, size_t size)
{
	asm volatile("" : : "r"(name) : "memory");
	return size * 2;
}

/* Calls itself, so that N calls are in flight at once. */
NOINLINE int known_deep(int n)
{
	int below = n > 1 ? known_deep(n - 1) : 0;

	asm volatile("" : "+r"(below));
	return below + n;
}

NOINLINE void known_wait(unsigned int us)
{
	struct timespec t = { .tv_nsec = us * 1000l };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

NOINLINE void known_each(int i)
{
	asm volatile("" : : "r"(i));
}

static const char *const names[] = { "one", "two", "three, and longer than the others are" };

static void *sizes(void *part)
{
	for (int i = 0; i < rounds * 6; i++)
		known_sized(names[i % 3], 100 + 100 * (i % 2));
	return part;
}

int main(int argc, char **argv)
{
	static char buf[4096];
	pthread_t other;
	int fd;

	if (argc < 3)
		errx(2, "usage: argcalls EXPECTED N [EACH]");
	expect_to(argv[1]);
	rounds = atoi(argv[2]);
	if (pthread_create(&other, NULL, sizes, NULL))
		errx(1, "cannot make a thread");
	sizes(NULL);
	pthread_join(other, NULL);
	for (int i = 0; i < 3; i++)
		for (int j = 1; j < 3; j++)
			expect("[\"sized\",\"%s %d\",%d]", names[i], 100 * j, rounds * 2);
	for (int i = 0; i < rounds; i++)
		known_deep(12);
	for (int i = 1; i <= 12; i++)
		expect("[\"deep\",\"%d %d\",%d]", i, i * (i + 1) / 2, rounds);
	known_wait(1);
	known_wait(20000);
	expect("[\"wait\",\"20000\",1]");
	fd = open("/dev/zero", O_RDONLY);
	for (int i = 0; i < 12 * rounds; i++)
		syscall(SYS_read, fd, buf, i % 3 ? 3333 : 33);
	expect("[\"read\",\"33\",%d]", 4 * rounds);
	expect("[\"read\",\"3333\",%d]", 8 * rounds);
	for (int i = 0; i < 12 * rounds; i++)
		syscall(SYS_openat, -77, "argcalls/no such file", O_RDONLY);
	expect("[\"openat\",\"-77 argcalls/no such file\",%d]", 12 * rounds);
	for (int i = 0; argc > 3 && i < atoi(argv[3]); i++)
		known_each(i);
	return 0;
}
