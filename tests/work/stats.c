// SPDX-License-Identifier: BSD-2-Clause
/*
 * stats EXPECTED DIR	each way to ask for a file's status, once with success and once without
 *
 * Writes what statsnoop must print: [pid,tid,comm,fd,err,syscall,path].
 */
#include "rare.h"
#include "work.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>

static void did(long ret, const char *call, const char *path)
{
	int e = ret < 0 ? errno : 0;
	char comm[17] = "";

	prctl(PR_GET_NAME, comm);
	expect("[%d,%ld,\"%s\",%ld,%d,\"%s\",\"%s\"]", getpid(), syscall(SYS_gettid), comm,
	       ret < 0 ? -1 : ret, e, call, path);
}

static struct stat st;
static struct statx stx;
static struct statfs sfs;

static void natives(int dfd, const char *file)
{
	const char *none = "/no/such/file";

#ifdef SYS_stat
	did(syscall(SYS_stat, file, &st), "newstat", file);
	did(syscall(SYS_stat, none, &st), "newstat", none);
	did(syscall(SYS_lstat, file, &st), "newlstat", file);
	did(syscall(SYS_lstat, none, &st), "newlstat", none);
	did(syscall(SYS_stat, file, 8), "newstat", file); /* nowhere to put the answer */
#endif
	did(syscall(SYS_newfstatat, dfd, "file", &st, 0), "newfstatat", "file");
	did(syscall(SYS_newfstatat, AT_FDCWD, none, &st, AT_SYMLINK_NOFOLLOW), "newfstatat", none);
	did(syscall(SYS_newfstatat, dfd, "", &st, AT_EMPTY_PATH), "newfstatat", "");
	did(syscall(SYS_newfstatat, dfd, 8, &st, 0), "newfstatat", "");
	syscall(SYS_fstat, dfd, &st); /* no path: not shown */
	did(syscall(SYS_statx, dfd, "file", 0, STATX_SIZE, &stx), "statx", "file");
	did(syscall(SYS_statx, AT_FDCWD, none, 0, STATX_SIZE, &stx), "statx", none);
	did(syscall(SYS_statx, dfd, "", AT_EMPTY_PATH, STATX_SIZE, &stx), "statx", "");
	did(syscall(SYS_statfs, file, &sfs), "statfs", file);
	did(syscall(SYS_statfs, none, &sfs), "statfs", none);
}

/* The kernel does not even look such a path up, but the caller passed it. */
static void long_name(void)
{
	static char path[4096];

	memset(path, 'x', sizeof(path) - 1);
	did(syscall(SYS_newfstatat, AT_FDCWD, path, &st, 0), "newfstatat", path);
	did(syscall(SYS_statx, AT_FDCWD, path, 0, STATX_SIZE, &stx), "statx", path);
}

static void by_32_bit(const char *file)
{
	static const struct {
		int nr;
		const char *name;
		int path;  /* its place among the arguments */
		int third; /* the size of a statfs64 */
		int last;  /* where the result goes */
	} calls[] = {
		{ 106, "newstat", 0, 0, 1 },   { 107, "newlstat", 0, 0, 1 },
		{ 195, "stat64", 0, 0, 1 },    { 196, "lstat64", 0, 0, 1 },
		{ 300, "fstatat64", 1, 0, 2 }, { 383, "statx", 1, 0, 4 },
		{ 99, "statfs", 0, 0, 1 },     { 268, "statfs64", 0, 84, 2 },
	};
	char *low = low_memory();

	for (size_t i = 0; i < 2 * sizeof(calls) / sizeof(*calls); i++) {
		const char *path = i % 2 ? "/no/such/32" : file;
		long args[5] = { AT_FDCWD };

		strcpy(low, path);
		args[calls[i / 2].path] = (long)low;
		if (calls[i / 2].third)
			args[1] = calls[i / 2].third;
		args[calls[i / 2].last] = (long)(low + 2048);
		did(call32(calls[i / 2].nr, args[0], args[1], args[2], args[3], args[4]),
		    calls[i / 2].name, path);
	}
}

/* A worker of io_uring has a name of its own. */
static void by_uring(const char *path)
{
	struct io_uring_sqe op = { .opcode = IORING_OP_STATX, .fd = AT_FDCWD };
	int e;

	op.addr = (unsigned long)path;
	op.len = STATX_SIZE;
	op.off = (unsigned long)&stx;
	e = uring_do(&op) < 0 ? errno : 0;
	expect("[%d,0,\"\",%d,%d,\"io_uring\",\"%s\"]", getpid(), e ? -1 : 0, e, path);
}

static void *other_thread(void *path)
{
	prctl(PR_SET_NAME, "other thread");
	did(syscall(SYS_statfs, path, &sfs), "statfs", path);
	return NULL;
}

int main(int argc, char **argv)
{
	static char buffer[8192];
	char file[512];
	pthread_t thread;
	int dfd;

	if (argc != 3)
		errx(2, "usage: stats EXPECTED DIR");
	expect_to(argv[1]);
	setvbuf(expected, buffer, _IOFBF,
		sizeof(buffer)); /* otherwise stdio would ask for the file's status */
	snprintf(file, sizeof(file), "%s/file", argv[2]);
	close(open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	dfd = open(argv[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
	prctl(PR_SET_NAME, "ways to stat");
	natives(dfd, file);
	long_name();
	if (getenv("STATS_RARE")) {
		if (HAVE_CALL32)
			by_32_bit(file);
		by_uring(file);
		by_uring("/no/such/uring");
	}
	pthread_create(&thread, NULL, other_thread, file);
	pthread_join(thread, NULL);
	prctl(PR_SET_NAME, "bad\033\377name");
	syscall(SYS_newfstatat, dfd, "a\033[31m\n\xff\xc3\xa9\"\\", &st, 0);
	return 0;
}
