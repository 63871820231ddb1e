// SPDX-License-Identifier: BSD-2-Clause
/*
 * spins EXPECTED MS
 *
 * On each processor a thread, all of which set the process's group, for MS: for that the kernel takes the lock of the list
 * of tasks for writing, which is a spin lock.  Writes the threads' IDs.
 */
#include "work.h"
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

static long long until;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void *set_groups(void *cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((long)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	while (now() < until)
		for (int i = 0; i < 100; i++)
			setpgid(0, 0);
	return (void *)(long)gettid();
}

int main(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t threads[64];
	void *tid;

	if (argc != 3)
		errx(2, "usage: spins EXPECTED MS");
	if (cpus > 64)
		cpus = 64;
	expect_to(argv[1]);
	until = now() + atoi(argv[2]) * 1000000LL;
	for (long i = 0; i < cpus; i++)
		if (pthread_create(&threads[i], NULL, set_groups, (void *)i))
			errx(1, "pthread_create");
	for (long i = 0; i < cpus; i++) {
		pthread_join(threads[i], &tid);
		expect("%ld", (long)tid);
	}
	return 0;
}
