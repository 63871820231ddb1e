// SPDX-License-Identifier: BSD-2-Clause
/* threads EXPECTED	a second thread; writes its ID, and waits until it is killed */
#include "work.h"
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *second(void *arg)
{
	expect("%ld", syscall(SYS_gettid));
	for (;;)
		pause();
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc != 2)
		errx(2, "usage: threads EXPECTED");
	expect_to(argv[1]);
	pthread_create(&thread, NULL, second, NULL);
	pthread_join(thread, NULL);
}
