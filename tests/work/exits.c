// SPDX-License-Identifier: BSD-2-Clause
/*
 * exits EXPECTED		processes that end in each way
 * exits EXPECTED threads	one that has a thousand threads
 *
 * Writes what exitsnoop must say, as the parent learns it: [pid,ppid,comm,code,signal,core].
 */
#include "work.h"
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void name(const char *comm)
{
	prctl(PR_SET_NAME, comm);
}

/* Run ACT in a child named COMM, and write down how it ended. */
static void child(const char *comm, void (*act)(int), int arg)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		name(comm);
		act(arg);
		_exit(99);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		err(1, "fork");
	expect("[%d,%d,\"%s\",%d,%d,%s]", pid, getpid(), comm,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 0,
	       WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	       WIFSIGNALED(status) && WCOREDUMP(status) ? "true" : "false");
}

static void exits(int code)
{
	_exit(code);
}

static void is_killed(int signal)
{
	kill(getpid(), signal);
}

/* Where the kernel can write a core dump, it does. */
static void dumps(int signal)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &all);
	kill(getpid(), signal);
}

static pthread_barrier_t together;
static pthread_t leader;

static void *outlives(void *code)
{
	name("a thread");
	pthread_join(leader, NULL);
	exit((long)code);
}

/* The first thread ends first. */
static void leader_first(int code)
{
	pthread_t t;

	leader = pthread_self();
	pthread_create(&t, NULL, outlives, (void *)(long)code);
	pthread_exit(NULL);
}

static void *exits_all(void *code)
{
	name("a thread");
	exit((long)code);
}

static void by_thread(int code)
{
	pthread_t t;

	pthread_create(&t, NULL, exits_all, (void *)(long)code);
	pause();
}

static void *executes(void *none)
{
	execl("/proc/self/exe", "exits", "5", NULL);
	return none;
}

/* The first thread ends, as another one executes a program, but the process lives on. */
static void exec_by_thread(int none)
{
	pthread_t t;

	(void)none;
	pthread_create(&t, NULL, executes, NULL);
	pause();
}

static void *with_others(void *none)
{
	pthread_barrier_wait(&together);
	syscall(SYS_exit, 0);
	return none;
}

static void all_at_once(int n)
{
	pthread_t t;

	pthread_barrier_init(&together, NULL, n);
	for (int i = 1; i < n; i++)
		pthread_create(&t, NULL, with_others, NULL);
	with_others(NULL);
}

static void *nothing(void *none)
{
	return none;
}

int main(int argc, char **argv)
{
	static const int codes[] = { 0, 1, 2, 3, 77, 100, 126, 127, 128, 254, 255 };
	struct rlimit none = { 0, 0 };

	if (argc == 2 && !strcmp(argv[1], "5")) {
		name("executed");
		return 5;
	}
	if (argc < 2)
		errx(2, "usage: exits EXPECTED [threads]");
	expect_to(argv[1]);
	if (argc == 3) {
		for (int i = 0; i < 1000; i++) {
			pthread_t t;

			if (pthread_create(&t, NULL, nothing, NULL) || pthread_join(t, NULL))
				errx(1, "pthread_create");
		}
		expect("[%d]", getpid());
		return 0;
	}
	setrlimit(RLIMIT_CORE, &none);
	name("bad\033name");
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		child("exits", exits, codes[i]);
	child("killed", is_killed, SIGKILL);
	child("killed", is_killed, SIGSEGV);
	child("killed", is_killed, SIGRTMIN + 2);
	child("dumps", dumps, SIGABRT);
	child("leader first", leader_first, 7);
	child("by thread", by_thread, 9);
	child("executed", exec_by_thread, 0);
	for (int i = 0; i < 50; i++)
		child("at once", all_at_once, 8);
	return 0;
}
