// SPDX-License-Identifier: BSD-2-Clause
/*
 * slowio EXPECTED DIR
 *
 * A thread reads and writes files, a file per call. Some of the calls are slow: the memory that
 * they read or write is missing until the handler of a userfaultfd provides it.  Writes what each
 * call was, how long it was held up, and how long it took in all:
 * [tid,comm,direction,bytes,file,held_ns,took_ns,regular].
 */
#include "work.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int faults;
static volatile int hold_ms;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void rest(int ms)
{
	struct timespec left = { 0, ms * 1000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static void *handler(void *arg)
{
	struct uffd_msg msg;

	(void)arg;
	while (read(faults, &msg, sizeof(msg)) == sizeof(msg)) {
		struct uffdio_zeropage zero = {
			.range = { msg.arg.pagefault.address & ~4095ull, 4096 },
		};

		rest(hold_ms);
		if (ioctl(faults, UFFDIO_ZEROPAGE, &zero))
			err(1, "UFFDIO_ZEROPAGE");
	}
	return NULL;
}

/* A page that is not there until somebody has waited for it. */
static char *slow_page(void)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register reg = {
		.range = { (unsigned long)page, 4096 },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	if (page == MAP_FAILED || ioctl(faults, UFFDIO_REGISTER, &reg))
		err(1, "UFFDIO_REGISTER");
	return page;
}

static void did(const char *direction, ssize_t n, const char *name, int held, long long took,
		bool regular)
{
	char comm[17] = "";

	prctl(PR_GET_NAME, comm);
	expect("[%ld,\"%s\",\"%s\",%zd,\"%s\",%lld,%lld,%s]", syscall(SYS_gettid), comm, direction,
	       n < 0 ? 0 : n, name, held * 1000000LL, took, regular ? "true" : "false");
}

static void io(const char *name, const char *call, int ms)
{
	int fd = open(name, O_RDWR | O_CREAT, 0600);
	char *page = slow_page();
	struct iovec iov = { page, 1000 };
	bool is_read = strstr(call, "read");
	long long begin;
	ssize_t n;

	if (fd < 0 || ftruncate(fd, 700))
		err(1, "%s", name);
	hold_ms = ms;
	if (!ms)
		*page = 1; /* now it is there */
	begin = now();
	n = !strcmp(call, "read")     ? read(fd, page, 1000)
	    : !strcmp(call, "write")  ? write(fd, page, 1000)
	    : !strcmp(call, "pread")  ? pread(fd, page, 1000, 500)
	    : !strcmp(call, "pwrite") ? pwrite(fd, page, 1000, 500)
	    : !strcmp(call, "readv")  ? readv(fd, &iov, 1)
				      : writev(fd, &iov, 1);
	did(is_read ? "R" : "W", n, name, ms, now() - begin, true);
	close(fd);
	munmap(page, 4096);
}

static int fds[2];

static void *late_writer(void *arg)
{
	(void)arg;
	rest(40);
	if (write(fds[1], "late", 4) != 4)
		err(1, "write to pipe");
	return NULL;
}

static void *worker(void *arg)
{
	char name[32], buf[8];
	pthread_t thread;
	long long begin;
	struct stat st;
	ssize_t n;

	(void)arg;
	prctl(PR_SET_NAME, "a slow worker..");
	io("slow-read", "read", 60);
	io("slow-write", "write", 30);
	io("slow-pread", "pread", 20);
	io("slow-pwrite", "pwrite", 20);
	io("slow-readv", "readv", 20);
	io("slow-writev", "writev", 20);
	io("slow-3", "read", 3);
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "slow-fast-read-%d", i);
		io(name, "read", 0);
		snprintf(name, sizeof(name), "slow-fast-write-%d", i);
		io(name, "write", 0);
	}
	if (pipe(fds) || fstat(fds[0], &st))
		err(1, "pipe");
	pthread_create(&thread, NULL, late_writer, NULL);
	begin = now();
	n = read(fds[0], buf, sizeof(buf));
	snprintf(name, sizeof(name), "pipe:[%lu]", (long)st.st_ino);
	did("R", n, name, 1, now() - begin, false);
	pthread_join(thread, NULL);
	return NULL;
}

int main(int argc, char **argv)
{
	struct uffdio_api api = { .api = UFFD_API };
	pthread_t thread;

	if (argc != 3)
		errx(2, "usage: slowio EXPECTED DIR");
	expect_to(argv[1]);
	if (chdir(argv[2]))
		err(1, "%s", argv[2]);
	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (faults < 0 || ioctl(faults, UFFDIO_API, &api))
		err(1, "userfaultfd");
	pthread_create(&thread, NULL, handler, NULL);
	pthread_create(&thread, NULL, worker, NULL);
	pthread_join(thread, NULL);
	return 0;
}
