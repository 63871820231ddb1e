// SPDX-License-Identifier: BSD-2-Clause
/*
 * arm32 DIR	a 32-bit Arm program, whose system calls enter arm64 kernels by other functions than
 *		those of 64-bit programs
 *
 * tests/tools/arm32.bats says what it does.  It uses no C library, because there may be none to
 * build it with.
 */
enum {
	AT_FDCWD = -100,
	O_CREAT = 0100,
	O_RDWR = 2,
	MNT_DETACH = 2,
	SOL_SOCKET = 1,
	SCM_RIGHTS = 1
};

static long call(long nr, long a, long b, long c, long d, long e)
{
	register long r7 asm("r7") = nr, r0 asm("r0") = a, r1 asm("r1") = b, r2 asm("r2") = c;
	register long r3 asm("r3") = d, r4 asm("r4") = e, r5 asm("r5") = 0;

	asm volatile("svc 0"
		     : "+r"(r0)
		     : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5)
		     : "memory");
	return r0;
}

#define CALL5(nr, a, b, c, d, e, ...) \
	call(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))
#define CALL(...) CALL5(__VA_ARGS__, 0, 0, 0, 0, 0)

static char buffer[4096] __attribute__((aligned(4096)));

static void stats(const char *path)
{
	CALL(106, path, buffer);                     /* stat */
	CALL(107, path, buffer);                     /* lstat */
	CALL(195, path, buffer);                     /* stat64 */
	CALL(196, path, buffer);                     /* lstat64 */
	CALL(327, AT_FDCWD, path, buffer);           /* fstatat64 */
	CALL(397, AT_FDCWD, path, 0, 0x200, buffer); /* statx */
	CALL(99, path, buffer);                      /* statfs */
	CALL(266, path, 84, buffer);                 /* statfs64 */
}

static void syncs(long fd)
{
	CALL(36);                     /* sync */
	CALL(118, fd);                /* fsync */
	CALL(148, fd);                /* fdatasync */
	CALL(144, buffer, 4096, 4);   /* msync */
	CALL(341, fd, 2, 0, 0, 4096); /* sync_file_range2 */
	CALL(373, fd);                /* syncfs */
}

struct msghdr {
	void *name;
	unsigned int namelen;
	struct iovec {
		void *base;
		unsigned int len;
	} * iov;
	unsigned int iovlen;
	void *control;
	unsigned int controllen, flags;
};

struct rights {
	unsigned int len;
	int level, type, fd;
};

static void fds(int fd)
{
	int s[2];
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct rights r = { sizeof(r), SOL_SOCKET, SCM_RIGHTS, fd };
	struct msghdr m = { 0, 0, &iov, 1, &r, sizeof(r), 0 };

	CALL(288, 1, 1, 0, s);  /* socketpair */
	CALL(296, s[0], &m, 0); /* sendmsg */
	r.fd = -1;
	CALL(297, s[1], &m, 0); /* recvmsg */
}

static int starts(char **argv)
{
	static char *again[] = { "again", "in 32 bits", 0 };
	long fd;

	if (!argv[1] || argv[1][0] == 'i' || CALL(12, argv[1])) /* chdir */
		return 0;
	fd = CALL(5, "file", O_CREAT | O_RDWR, 0640); /* open */
	CALL(5, "/no/such/32", 0);
	CALL(322, AT_FDCWD, "file", 0); /* openat */
	stats("file");
	stats("/no/such/32");
	syncs(fd);
	fds(fd);
	CALL(39, "m", 0700);                             /* mkdir */
	CALL(21, "source", "m", "tmpfs", 4, "size=64k"); /* mount */
	CALL(52, "m", MNT_DETACH);                       /* umount2 */
	CALL(11, "/no/such/32", again, again + 2);       /* execve */
	CALL(11, "/proc/self/exe", again, again + 2);
	return 1;
}

/* The stack begins with the number of arguments. */
__attribute__((used)) static void begin(long *stack)
{
	CALL(1, starts((char **)(stack + 1)));
}

asm(".globl _start\n"
    "_start: mov r0, sp\n"
    "bic sp, sp, #7\n"
    "bl begin\n");
