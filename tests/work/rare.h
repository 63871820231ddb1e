/* SPDX-License-Identifier: BSD-2-Clause */
/* Rare ways to make a system call: as a 32-bit program does, and by io_uring. */
#pragma once
#include <err.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* On arm64 it takes a 32-bit program to make such calls: tests/work/arm32.c. */
#ifdef __x86_64__
#define HAVE_CALL32 1
#else
#define HAVE_CALL32 0
#endif

/* Make a system call as a 32-bit program does.  Returns its result, or -1 and errno. */
__attribute__((unused)) static long call32(long nr, long a, long b, long c, long d, long e)
{
	long ret = -ENOSYS;

#if HAVE_CALL32
	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
		     : "memory", "r8", "r9", "r10", "r11");
#else
	(void)nr, (void)a, (void)b, (void)c, (void)d, (void)e;
#endif
	if ((int)ret < 0) {
		errno = -(int)ret;
		return -1;
	}
	return (int)ret;
}

/* Memory whose address fits in 32 bits. */
__attribute__((unused)) static void *low_memory(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *p;

#ifdef MAP_32BIT
	flags |= MAP_32BIT;
#endif
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (p == MAP_FAILED)
		err(1, "mmap");
	return p;
}

/* Do one io_uring operation.  Returns its result, or -1 and errno. */
__attribute__((unused)) static int uring_do_with_files(const struct io_uring_sqe *op, int files)
{
	struct io_uring_params p = {};
	int ring = syscall(SYS_io_uring_setup, 4, &p), res;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	char *sq, *cq;

	if (ring < 0)
		err(1, "io_uring_setup");
	sq = mmap(NULL, p.sq_off.array + 4 * sizeof(__u32), PROT_READ | PROT_WRITE, MAP_SHARED,
		  ring, IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + 8 * sizeof(*cqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		  IORING_OFF_CQ_RING);
	if (files) {
		int none[files];

		memset(none, 0xff, sizeof(none));
		if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, none, files))
			err(1, "io_uring_register");
	}
	sqe = mmap(NULL, 4 * sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		   IORING_OFF_SQES);
	*sqe = *op;
	*(__u32 *)(sq + p.sq_off.array) = 0;
	__atomic_store_n((__u32 *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		err(1, "io_uring_enter");
	cqe = (void *)(cq + p.cq_off.cqes);
	res = cqe->res;
	close(ring);
	if (res < 0) {
		errno = -res;
		return -1;
	}
	return res;
}

__attribute__((unused)) static int uring_do(const struct io_uring_sqe *op)
{
	return uring_do_with_files(op, 0);
}
