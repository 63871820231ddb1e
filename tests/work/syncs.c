// SPDX-License-Identifier: BSD-2-Clause
/*
 * syncs EXPECTED DIR	each way to write dirty data back
 *
 * Writes what syncsnoop must print: [pid,tid,comm,call].
 */
#include "rare.h"
#include "work.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/prctl.h>

static void did(const char *call, bool by_worker)
{
	char comm[17] = "";

	prctl(PR_GET_NAME, comm);
	expect("[%d,%ld,\"%s\",\"%s\"]", getpid(), by_worker ? 0 : syscall(SYS_gettid),
	       by_worker ? "" : comm, call);
}

static void *other_thread(void *fd)
{
	prctl(PR_SET_NAME, "bad\033\377name");
	fsync((long)fd);
	expect("[%d,%ld,\"bad\\u001b\\\\377name\",\"fsync\"]", getpid(), syscall(SYS_gettid));
	return NULL;
}

static void by_uring(int fd)
{
	struct io_uring_sqe op = { .opcode = IORING_OP_FSYNC, .fd = fd };

	if (uring_do(&op) < 0)
		err(1, "io_uring fsync");
	did("io_uring fsync", true);
	op.opcode = IORING_OP_SYNC_FILE_RANGE;
	op.len = 4096;
	op.sync_range_flags = SYNC_FILE_RANGE_WRITE;
	if (uring_do(&op) < 0)
		err(1, "io_uring sync_file_range");
	did("io_uring sync_file_range", true);
}

static void by_32_bit(int fd)
{
	void *low = low_memory();

	call32(36, 0, 0, 0, 0, 0);
	did("sync", false);
	call32(118, fd, 0, 0, 0, 0);
	did("fsync", false);
	call32(148, fd, 0, 0, 0, 0);
	did("fdatasync", false);
	call32(144, (long)low, 4096, MS_SYNC, 0, 0);
	did("msync", false);
	call32(314, fd, 0, 0, 4096, 0);
	did("sync_file_range", false);
	call32(344, fd, 0, 0, 0, 0);
	did("syncfs", false);
}

int main(int argc, char **argv)
{
	char file[512];
	pthread_t thread;
	int fd;
	void *p;

	if (argc != 3)
		errx(2, "usage: syncs EXPECTED DIR");
	expect_to(argv[1]);
	snprintf(file, sizeof(file), "%s/file", argv[2]);
	fd = open(file, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, 4096))
		err(1, "%s", file);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	prctl(PR_SET_NAME, "ways to sync");
	sync();
	did("sync", false);
	fsync(fd);
	did("fsync", false);
	fdatasync(fd);
	did("fdatasync", false);
	msync(p, 4096, MS_SYNC);
	did("msync", false);
	sync_file_range(fd, 0, 4096, SYNC_FILE_RANGE_WRITE);
	did("sync_file_range", false);
	syncfs(fd);
	did("syncfs", false);
	fsync(-1); /* a call that fails is a call, too */
	did("fsync", false);
	/* not such a call, though the kernel syncs with the same functions */
	if (pwrite(open(file, O_WRONLY | O_SYNC | O_CLOEXEC), "x", 1, 0) != 1)
		err(1, "write");
	if (HAVE_CALL32 && getenv("SYNCS_RARE"))
		by_32_bit(fd);
	if (getenv("SYNCS_URING"))
		by_uring(fd);
	pthread_create(&thread, NULL, other_thread, (void *)(long)fd);
	pthread_join(thread, NULL);
	return 0;
}
