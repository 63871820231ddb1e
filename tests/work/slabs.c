// SPDX-License-Identifier: BSD-2-Clause
/*
 * slabs EXPECTED N	makes N message queues and N processes, and uses an io_uring
 *
 * The kernel has a cache for message queues, and one for processes, which it allocates on a node.  Its requests
 * for an io_uring it allocates in bulk.
 * Writes [cache,N], for io_kiocb how many are allocated at once.
 */
#include "rare.h"
#include "work.h"
#include <fcntl.h>
#include <mqueue.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct io_uring_sqe nop = { .opcode = IORING_OP_NOP };
	char name[64];
	long n;

	if (argc != 3)
		errx(2, "usage: slabs EXPECTED N");
	expect_to(argv[1]);
	n = atol(argv[2]);
	snprintf(name, sizeof(name), "/slabs.%d", getpid());
	for (long i = 0; i < n; i++) {
		mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
		pid_t pid;

		if (q == (mqd_t)-1 || mq_close(q) || mq_unlink(name))
			err(1, "%s", name);
		pid = fork();
		if (!pid)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			err(1, "fork");
	}
	if (uring_do(&nop))
		err(1, "io_uring");
	expect("[\"mqueue_inode_cache\",%ld]", n);
	expect("[\"task_struct\",%ld]", n);
	expect("[\"io_kiocb\",8]");
	return 0;
}
