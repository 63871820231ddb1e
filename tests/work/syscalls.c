// SPDX-License-Identifier: BSD-2-Clause
/*
 * syscalls EXPECTED	system calls in known numbers
 *
 * Writes what syscount must say: [syscall,compat,error,count].
 */
#include "rare.h"
#include "work.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>

static void on_signal(int signal)
{
	(void)signal;
}

static void *other_thread(void *none)
{
	prctl(PR_SET_NAME, "a thread");
	for (int i = 0; i < 1000; i++)
		syscall(SYS_getppid);
	return none;
}

/* Another thread than the first executes a program: the exec returns under the first one's ID. */
static void *executing(void *command)
{
	char **argv = command;

	execv(argv[0], argv);
	err(1, "%s", argv[0]);
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc < 2)
		errx(2, "usage: syscalls EXPECTED");
	if (argc == 3) /* executed by itself, below */
		return 0;
	expect_to(argv[1]);
	for (int i = 0; i < 99000; i++)
		syscall(SYS_getppid);
	pthread_create(&thread, NULL, other_thread, NULL);
	pthread_join(thread, NULL);
	expect("[\"getppid\",false,null,100000]");
	for (int i = 0; i < 37; i++)
		if (dup2(-1, i + 100) >= 0)
			errx(1, "dup2");
	expect("[\"dup2\",false,\"EBADF\",37]");
	for (int i = 0; i < 23; i++)
		if (mkdirat(AT_FDCWD, i < 11 ? "/proc/no/directory" : "/proc", 0700) == 0)
			errx(1, "mkdirat");
	expect("[\"mkdirat\",false,\"EEXIST\",12]");
	expect("[\"mkdirat\",false,\"ENOENT\",11]");
	syscall(500);
	syscall(100000);
	expect("[\"[unknown: 500]\",false,\"ENOSYS\",1]");
	expect("[\"[unknown]\",false,\"ENOSYS\",1]");
	signal(SIGUSR1, on_signal);
	for (int i = 0; i < 13; i++)
		raise(SIGUSR1);
	expect("[\"rt_sigreturn\",false,null,13]");
	for (int i = 0; i < 5; i++)
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
	expect("[\"clock_nanosleep\",false,null,5]");
	if (HAVE_CALL32 && getenv("CALLS_32_BIT")) {
		for (int i = 0; i < 7; i++)
			call32(64, 0, 0, 0, 0, 0);
		expect("[\"getppid\",true,null,7]");
		call32(6, -1, 0, 0, 0, 0);
		expect("[\"close\",true,\"EBADF\",1]");
	}
	expect("[\"execve\",false,null,2]");
	pthread_create(&thread, NULL, executing, (char *[]){ argv[0], argv[1], "", NULL });
	pthread_join(thread, NULL);
	return 1;
}
