// SPDX-License-Identifier: BSD-2-Clause
/*
 * works EXPECTED N MS: has the kernel queue N works in the workqueue events_unbound, one after another, by writing a byte
 * to a pseudo-terminal, and keeps all CPUs from executing it for MS milliseconds.  Then writes [N, least, most]: for how
 * long the works waited at least and at most, in nanoseconds, together.
 */
#include "work.h"
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static struct shared {
	atomic_int spin, spinning;
} * shared;

/* On this CPU, run before everything else. */
static void rule(int cpu)
{
	struct sched_param p = { .sched_priority = 50 };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one) || sched_setscheduler(0, SCHED_FIFO, &p))
		err(1, "cannot have CPU %d", cpu);
}

static void spinner(int cpu)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rule(cpu);
	for (;;) {
		while (!shared->spin)
			usleep(100);
		shared->spinning++;
		while (shared->spin)
			;
		shared->spinning--;
	}
}

int main(int argc, char **argv)
{
	int cpus = sysconf(_SC_NPROCESSORS_ONLN), pty, tty;
	long long least = 0, most = 0, begin, written, n, ns;
	struct termios raw;
	char c = 'x';

	if (argc != 4)
		errx(2, "usage: works EXPECTED N MS");
	expect_to(argv[1]);
	n = atoll(argv[2]);
	ns = atoll(argv[3]) * 1000000;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	pty = posix_openpt(O_RDWR | O_NOCTTY);
	if (shared == MAP_FAILED || pty < 0 || grantpt(pty) || unlockpt(pty))
		err(1, "posix_openpt");
	tty = open(ptsname(pty), O_RDWR | O_NOCTTY);
	if (tty < 0 || tcgetattr(tty, &raw))
		err(1, "%s", ptsname(pty));
	cfmakeraw(&raw);
	tcsetattr(tty, TCSANOW, &raw);
	for (int cpu = 1; cpu < cpus; cpu++)
		if (!fork())
			spinner(cpu);
	rule(0);
	for (int i = 0; i < n; i++) {
		shared->spin = 1;
		while (shared->spinning < cpus - 1)
			;
		begin = now();
		if (write(pty, &c, 1) != 1)
			err(1, "write");
		written = now();
		while (now() < written + ns)
			;
		least += now() - written;
		shared->spin = 0;
		if (read(tty, &c, 1) != 1)
			err(1, "read");
		most += now() - begin;
		while (shared->spinning)
			usleep(100);
	}
	expect("[%lld,%lld,%lld]", n, least, most);
	return 0;
}
