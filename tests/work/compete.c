// SPDX-License-Identifier: BSD-2-Clause
/*
 * compete getppid|open|exit N	two processes that compete for one CPU: each calls getppid(), opens "/dev/null",
 *				or has children that end, N times
 */
#include "work.h"
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void once(const char *what)
{
	if (!strcmp(what, "getppid"))
		syscall(SYS_getppid);
	else if (!strcmp(what, "open"))
		close(open("/dev/null", O_RDONLY));
	else if (!fork())
		_exit(3);
	else
		wait(NULL);
}

int main(int argc, char **argv)
{
	cpu_set_t one;

	if (argc != 3)
		errx(2, "usage: compete getppid|open|exit N");
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		err(1, "sched_setaffinity");
	for (int i = 0; i < 2; i++)
		if (!fork()) {
			for (int n = atoi(argv[2]); n; n--)
				once(argv[1]);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	return 0;
}
