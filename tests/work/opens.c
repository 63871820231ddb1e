// SPDX-License-Identifier: BSD-2-Clause
/*
 * opens EXPECTED ways DIR	each way to open a file, once
 * opens EXPECTED burst N	N opens of /dev/null on each of two CPUs
 * opens EXPECTED deep N	an open of /no/such/N by a function N calls deep
 * opens EXPECTED names DIR	file names that could upset a terminal
 *
 * Writes what opensnoop must print: [pid,tid,comm,fd,err,flags,mode,path]; for
 * `burst`, only the number.
 */
#include "rare.h"
#include "work.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void did(long ret, int flags, int mode, const char *path)
{
	int e = ret < 0 ? errno : 0;
	char comm[17] = "", mode_text[16] = "null";

	prctl(PR_GET_NAME, comm);
	if (flags & O_CREAT)
		snprintf(mode_text, sizeof(mode_text), "\"%04o\"", mode);
	expect("[%d,%ld,\"%s\",%ld,%d,\"%08o\",%s,\"%s\"]", getpid(), syscall(SYS_gettid), comm,
	       ret < 0 ? -1 : ret, e, flags, mode_text, path);
	if (ret >= 0)
		close(ret);
}

static void *other_thread(void *path)
{
	prctl(PR_SET_NAME, "other thread");
	did(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0), O_RDONLY, 0, path);
	return NULL;
}

/* open(2) as a 32-bit program calls it. */
static int open32(const char *path)
{
	char *low = low_memory();
	int fd;

	strcpy(low, path);
	fd = call32(5, (long)low, O_RDONLY, 0, 0, 0);
	munmap(low, 4096);
	return fd;
}

/* In the current directory: not every file system can open by handle (tmpfs of 5.10 can't). */
static void by_handle(void)
{
	char file[512];

	struct {
		struct file_handle h;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle = { .h.handle_bytes = MAX_HANDLE_SZ };
	int mount_id;

	if (!getcwd(file, sizeof(file) - 16))
		err(1, "getcwd");
	strcat(file, "/by-handle");
	did(syscall(SYS_openat, AT_FDCWD, file, O_CREAT | O_WRONLY, 0600), O_CREAT | O_WRONLY, 0600,
	    file);
	if (name_to_handle_at(AT_FDCWD, file, &handle.h, &mount_id, 0))
		err(1, "name_to_handle_at");
	did(open_by_handle_at(AT_FDCWD, &handle.h, O_RDWR), O_RDWR, 0, file);
	unlink(file);
	did(open_by_handle_at(AT_FDCWD, &handle.h, O_RDWR), O_RDWR, 0, "");
}

/* One open by io_uring; its result is not the system call's. */
static int uring_open(int dfd, const char *path, struct open_how *how)
{
	struct io_uring_sqe op = { .opcode = IORING_OP_OPENAT, .fd = dfd };

	op.addr = (unsigned long)path;
	if (how->resolve) {
		op.opcode = IORING_OP_OPENAT2;
		op.off = (unsigned long)how;
		op.len = sizeof(*how);
	} else {
		op.open_flags = how->flags;
		op.len = how->mode;
	}
	return uring_do(&op);
}

static void by_uring(int dfd, const char *file)
{
	struct open_how how = { .flags = O_RDONLY };

	did(uring_open(AT_FDCWD, file, &how), O_RDONLY, 0, file);
	did(uring_open(AT_FDCWD, "/no/such/uring", &how), O_RDONLY, 0, "/no/such/uring");
	how.resolve = RESOLVE_NO_MAGICLINKS;
	did(uring_open(dfd, "file", &how), O_RDONLY, 0, "file");
}

/* A file that the ring keeps in its slot 7; there is no descriptor. */
static void by_uring_direct(const char *file)
{
	struct io_uring_sqe op = { .opcode = IORING_OP_OPENAT,
				   .fd = AT_FDCWD,
				   .addr = (unsigned long)file,
				   .file_index = 7 + 1 };

	if (uring_do_with_files(&op, 8) < 0) {
		if (errno == EINVAL) /* this kernel can't */
			return;
		err(1, "a direct open by io_uring");
	}
	expect("[%d,%ld,\"ways to open\",null,0,\"00000000\",null,\"%s\"]", getpid(),
	       syscall(SYS_gettid), file);
}

__attribute__((noinline)) static void ways(const char *dir)
{
	struct open_how how = { .flags = O_RDWR | O_CREAT, .mode = 0604 };
	char file[512];
	pthread_t thread;
	int dfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	/* the opens before this one are the program loader's, and O_PATH's */
	prctl(PR_SET_NAME, "ways to open");
	snprintf(file, sizeof(file), "%s/file", dir);
#ifdef SYS_open
	did(syscall(SYS_open, file, O_RDWR | O_CREAT | O_EXCL, 0640), O_RDWR | O_CREAT | O_EXCL,
	    0640, file);
	did(syscall(SYS_open, "/no/such/file", O_RDONLY), O_RDONLY, 0, "/no/such/file");
	did(syscall(SYS_creat, file, 0600), O_CREAT | O_WRONLY | O_TRUNC, 0600, file);
#else
	did(syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CREAT | O_EXCL, 0640),
	    O_RDWR | O_CREAT | O_EXCL, 0640, file);
	did(syscall(SYS_openat, AT_FDCWD, "/no/such/file", O_RDONLY, 0), O_RDONLY, 0,
	    "/no/such/file");
#endif
	did(syscall(SYS_openat, dfd, "file", O_WRONLY | O_APPEND, 0), O_WRONLY | O_APPEND, 0,
	    "file");
	did(syscall(SYS_openat, AT_FDCWD, file, O_DIRECTORY, 0), O_DIRECTORY, 0, file);
	did(syscall(SYS_openat, AT_FDCWD, "", O_RDONLY, 0), O_RDONLY, 0, "");
	did(syscall(SYS_openat, AT_FDCWD, (char *)8, O_RDONLY, 0), O_RDONLY, 0, "");
	did(syscall(SYS_openat2, dfd, "by-openat2", &how, sizeof(how)), how.flags, how.mode,
	    "by-openat2");
	if (HAVE_CALL32 && getenv("OPENS_RARE")) {
		did(open32(file), O_RDONLY, 0, file);
		did(open32("/no/such/32"), O_RDONLY, 0, "/no/such/32");
	}
	if (getenv("OPENS_RARE")) {
		by_handle();
		by_uring(dfd, file);
		by_uring_direct(file);
	}
	pthread_create(&thread, NULL, other_thread, file);
	pthread_join(thread, NULL);
	prctl(PR_SET_NAME, "a new name");
	did(syscall(SYS_openat, AT_FDCWD, file, O_RDONLY, 0), O_RDONLY, 0, file);
}

/* A control byte, and a byte that is not UTF-8: JSON and text each escape them in their own way. */
static void names(const char *dir)
{
	char path[512];

	prctl(PR_SET_NAME, "bad\033\377name");
	snprintf(path, sizeof(path), "%s/a\033[31m\n\xff\xc2\x9b\xc3\xa9\"\\", dir);
	close(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CREAT, 0600));
}

static int burst_count;

static void *burst(void *cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((long)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	prctl(PR_SET_NAME, "burst");
	for (int i = 0; i < burst_count; i++)
		close(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY, 0));
	return NULL;
}

static void bursts(const char *count)
{
	pthread_t threads[2];

	burst_count = atoi(count);
	for (long i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, burst, (void *)i);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	expect("%d", 2 * burst_count);
}

__attribute__((noinline)) static int deep(int n, const char *path)
{
	int ret = n > 1 ? deep(n - 1, path) : syscall(SYS_openat, AT_FDCWD, path, 0, 0);

	asm volatile("" : "+r"(ret)); /* no tail call */
	return ret;
}

static void below(int n)
{
	char path[64];

	snprintf(path, sizeof(path), "/no/such/%d", n);
	deep(n, path);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		errx(2, "usage: opens EXPECTED ways|burst|deep|names ARG");
	expect_to(argv[1]);
	if (!strcmp(argv[2], "ways"))
		ways(argv[3]);
	else if (!strcmp(argv[2], "burst"))
		bursts(argv[3]);
	else if (!strcmp(argv[2], "deep"))
		below(atoi(argv[3]));
	else if (!strcmp(argv[2], "names"))
		names(argv[3]);
	return 0;
}
