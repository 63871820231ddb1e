// SPDX-License-Identifier: BSD-2-Clause
/*
 * switches EXPECTED [fifo=PATH] PART...: makes processes run, wait and sleep, one part after another, each in
 * processes of its own.  When a process has ended, there is a line of what the kernel says about it:
 * [part, pid, its CPU time, the time it waited for a CPU, how often it got one, the time it was there, how often
 * it slept] with times in nanoseconds.  With fifo=, it begins once somebody writes to that.
 *	burn=N,MS	N processes, each with MS of CPU time, on the same CPU at once
 *	sleep=N,MS	sleeps N times, each for MS
 *	pair=N		two processes on the same CPU wake each other N times
 *	asleep=MS	sleeps once, for MS, in a function of its own
 *	forks=N		makes N processes, one after the other, which end at once
 *	threads=N	the same with threads
 */
#include "work.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static struct child {
	pid_t pid;
	const char *part;
	long long began;
} children[64];
static int n_children;

/* Fork: true in the new process. */
static bool start(const char *part)
{
	struct child c = { .part = part, .began = now(CLOCK_MONOTONIC) };

	if (n_children == 64)
		errx(2, "too many processes");
	c.pid = fork();
	if (c.pid < 0)
		err(1, "fork");
	children[n_children++] = c;
	return !c.pid;
}

/* How often a process went to sleep; its end counts, too. */
static long slept(pid_t pid)
{
	char path[64], line[256];
	long n = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "voluntary_ctxt_switches: %ld", &n);
	if (n < 0)
		errx(1, "%s", path);
	fclose(f);
	return n;
}

/* Wait for all of them.  One that has ended, but was not waited for, still has its numbers. */
static void report(void)
{
	long long cpu, delay, runs;
	char path[64];
	siginfo_t i;
	FILE *f;

	while (!waitid(P_ALL, 0, &i, WEXITED | WNOWAIT)) {
		struct child *c = children;

		while (c->pid != i.si_pid)
			c++;
		snprintf(path, sizeof(path), "/proc/%d/schedstat", c->pid);
		f = fopen(path, "re");
		if (!f || fscanf(f, "%lld %lld %lld", &cpu, &delay, &runs) != 3)
			err(1, "%s", path);
		fclose(f);
		expect("[\"%s\",%d,%lld,%lld,%lld,%lld,%ld]", c->part, c->pid, cpu, delay, runs,
		       now(CLOCK_MONOTONIC) - c->began, slept(c->pid));
		waitpid(c->pid, NULL, 0);
	}
	n_children = 0;
}

/* Run on the first CPU that this process may use. */
static void pin(void)
{
	cpu_set_t may, one;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(may), &may))
		err(1, "sched_getaffinity");
	while (!CPU_ISSET(cpu, &may))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		err(1, "sched_setaffinity");
}

static void nap(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

__attribute__((noinline)) void burn_cpu(long ms)
{
	while (now(CLOCK_PROCESS_CPUTIME_ID) < ms * 1000000)
		;
}

/* The calls after these keep them from being tail calls, so that stacks have their names. */
__attribute__((noinline)) void sleep_often(long n, long ms)
{
	while (n--)
		nap(ms);
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) void sleep_long(long ms)
{
	nap(ms);
	__asm__ volatile("" ::: "memory");
}

static void burners(long n, long ms)
{
	char c;
	int go[2];

	if (pipe(go))
		err(1, "pipe");
	for (long i = 0; i < n; i++) {
		if (!start("burn"))
			continue;
		pin();
		close(go[1]);
		if (read(go[0], &c, 1)) /* returns at end of file */
			err(1, "read");
		burn_cpu(ms);
		exit(0);
	}
	close(go[0]);
	close(go[1]);
}

/* One of a pair: read, then write, N times. */
static void half(int in, int out, long n, const char *name)
{
	char c = 0;

	prctl(PR_SET_NAME, name);
	pin();
	while (n--)
		if (read(in, &c, 1) != 1 || write(out, &c, 1) != 1)
			err(1, "pipe");
	exit(0);
}

static void pair(long n)
{
	int there[2], back[2];

	if (pipe(there) || pipe(back))
		err(1, "pipe");
	if (write(there[1], "", 1) != 1)
		err(1, "pipe");
	if (start("ping"))
		half(there[0], back[1], n, "ping");
	if (start("pong"))
		half(back[0], there[1], n, "pong");
}

static void *no_thread(void *arg)
{
	return arg;
}

static void alone(const char *part, long n, long ms)
{
	pthread_t t;

	if (!start(part))
		return;
	if (!strcmp(part, "sleep"))
		sleep_often(n, ms);
	else if (!strcmp(part, "asleep"))
		sleep_long(n);
	for (long i = 0; i < n && !strcmp(part, "forks"); i++) {
		if (!fork())
			_exit(0);
		wait(NULL);
	}
	for (long i = 0; i < n && !strcmp(part, "threads"); i++)
		if (pthread_create(&t, NULL, no_thread, NULL) || pthread_join(t, NULL))
			errx(1, "pthread_create");
	exit(0);
}

int main(int argc, char **argv)
{
	static char name[16];
	long n, ms;

	if (argc < 3)
		errx(2, "usage: switches EXPECTED [fifo=PATH] PART...");
	expect_to(argv[1]);
	for (int i = 2; i < argc; i++) {
		ms = 0;
		if (!strncmp(argv[i], "fifo=", 5)) {
			int fd = open(argv[i] + 5, O_RDONLY | O_CLOEXEC);
			char c;

			if (fd < 0 || read(fd, &c, 1) < 0)
				err(1, "%s", argv[i] + 5);
			close(fd);
			continue;
		}
		if (sscanf(argv[i], "%15[a-z]=%ld,%ld", name, &n, &ms) < 2)
			errx(2, "what is %s?", argv[i]);
		if (!strcmp(name, "burn"))
			burners(n, ms);
		else if (!strcmp(name, "pair"))
			pair(n);
		else
			alone(name, n, ms);
		report();
	}
	return 0;
}
