// SPDX-License-Identifier: BSD-2-Clause
#include "base/stop.h"
#include "lib/types.h"
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/*
 * Some programs send a signal twice at once: timeout(1) signals its child, then its whole process
 * group.  A user takes longer to press Ctrl-C again.
 */
#define AGAIN_NS 500000000

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

static volatile sig_atomic_t came, sent;
static volatile u64 came_at;
static volatile sig_atomic_t
	again; /* 1: another signal only ends what is going on; 2: it has come */
static int fd = -1;

static u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void on_signal(int sig, siginfo_t *si, void *context)
{
	int saved = errno;

	(void)context;
	if (!came) {
		came_at = now();
		sent = si->si_code <= 0;
		came = sig;
		again = again ? 2 : 0;
		eventfd_write(fd, 1);
	} else if (now() - came_at < AGAIN_NS) {
		/* It is the same one. */
	} else if (again) {
		again = 2;
	} else {
		/* The signal is blocked until the handler returns; then it ends the process. */
		signal(sig, SIG_DFL);
		raise(sig);
	}
	errno = saved;
}

void stop_catch(void)
{
	struct sigaction act = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART };
	sigset_t set;

	if (fd >= 0)
		return;
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (fd < 0)
		err(1, "cannot wait for signals");
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct sigaction old;

		if (sigaction(signals[i], NULL, &old) || old.sa_handler == SIG_IGN)
			continue;
		sigaction(signals[i], &act, NULL);
		sigaddset(&set, signals[i]);
	}
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

int stop_signal(void)
{
	return came;
}

bool stop_sent(void)
{
	return sent;
}

int stop_fd(void)
{
	return fd;
}

void stop_again_begin(void)
{
	again = 1;
}

bool stop_again(void)
{
	return again == 2;
}

void stop_again_end(void)
{
	came_at = now(); /* what came just now has done its work */
	again = 0;
}

void stop_now(void)
{
	signal(came, SIG_DFL);
	raise(came);
	abort();
}
