// SPDX-License-Identifier: BSD-2-Clause
/*
 * fds EXPECTED DIR	pass descriptors of every kind through UNIX sockets
 *
 * Writes what sofdsnoop must print: [pid,tid,comm,action,socket,fd,name].
 */
#include "rare.h"
#include "work.h"
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

static char comm[17];

static void link_of(int fd, char *name)
{
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, name, 511);
	if (n < 0)
		err(1, "%s", path);
	name[n] = 0;
}

static void did(const char *action, int sock, const int *fds, int n)
{
	char s[512], name[512];

	link_of(sock, s);
	for (int i = 0; i < n; i++) {
		link_of(fds[i], name);
		expect("[%d,%ld,\"%s\",\"%s\",\"%d:%s\",%d,\"%s\"]", getpid(), syscall(SYS_gettid),
		       comm, action, sock, s, fds[i], name);
	}
}

union control {
	char bytes[CMSG_SPACE(253 * sizeof(int))];
	struct cmsghdr align;
};

static struct msghdr message(union control *c, int n)
{
	static char byte;
	static struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = c };

	m.msg_controllen = n ? CMSG_SPACE(n * sizeof(int)) : sizeof(*c);
	return m;
}

static struct msghdr rights(union control *c, const int *fds, int n)
{
	struct msghdr m = message(c, n);
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&m);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, n * sizeof(int));
	return m;
}

static void pass(int sock, const int *fds, int n)
{
	union control c;
	struct msghdr m = rights(&c, fds, n);

	if (sendmsg(sock, &m, 0) != 1)
		err(1, "sendmsg");
	did("SEND", sock, fds, n);
}

/* ROOM: how many descriptors there is room for; 0: for all. */
static void take(int sock, int room)
{
	union control c;
	struct msghdr m = message(&c, room);
	struct cmsghdr *cmsg;
	int fds[253], n;

	/* the kernel counts the padding after an odd number as room */
	if (room)
		m.msg_controllen = CMSG_LEN(room * sizeof(int));
	if (recvmsg(sock, &m, MSG_CMSG_CLOEXEC) != 1)
		err(1, "recvmsg");
	cmsg = CMSG_FIRSTHDR(&m);
	if (!cmsg)
		return;
	n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(cmsg), n * sizeof(int));
	did("RECV", sock, fds, n);
	while (n)
		close(fds[--n]);
}

static int kinds(const char *dir, int *fds)
{
	char path[512];
	int pipes[2], n = 0;

	snprintf(path, sizeof(path), "%s/file", dir);
	fds[n++] = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	snprintf(path, sizeof(path), "%s/gone", dir);
	fds[n++] = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	unlink(path);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	mkfifo(path, 0600);
	fds[n++] = open(path, O_RDWR | O_CLOEXEC);
	fds[n++] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fds[n++] = open("/dev/null", O_RDWR | O_CLOEXEC);
	fds[n++] = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	if (pipe2(pipes, O_CLOEXEC))
		err(1, "pipe2");
	fds[n++] = pipes[0];
	fds[n++] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	fds[n++] = eventfd(0, EFD_CLOEXEC);
	fds[n++] = memfd_create("a memfd", MFD_CLOEXEC);
	for (int i = 0; i < n; i++)
		if (fds[i] < 0)
			err(1, "descriptor %d", i);
	return n;
}

static void fails(int sock, int good)
{
	union control c;
	int bad[2] = { good, 9999 };
	struct msghdr m = rights(&c, bad, 2);

	if (sendmsg(sock, &m, 0) >= 0 || errno != EBADF)
		errx(1, "a bad descriptor was sent");
}

/* Two messages in one call, the second with credentials before the descriptors. */
static void many(int *s, const int *fds)
{
	union control c[2];
	struct mmsghdr m[2] = { { .msg_hdr = rights(&c[0], fds, 1) },
				{ .msg_hdr = message(&c[1], 0) } };
	struct cmsghdr *cmsg;
	struct {
		int pid, uid, gid;
	} creds = { getpid(), getuid(), getgid() };

	memset(&c[1], 0, sizeof(c[1]));
	m[1].msg_hdr.msg_controllen = CMSG_SPACE(sizeof(creds)) + CMSG_SPACE(2 * sizeof(int));
	cmsg = CMSG_FIRSTHDR(&m[1].msg_hdr);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_CREDENTIALS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(creds));
	memcpy(CMSG_DATA(cmsg), &creds, sizeof(creds));
	cmsg = (void *)((char *)cmsg + CMSG_SPACE(sizeof(creds)));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(2 * sizeof(int));
	memcpy(CMSG_DATA(cmsg), fds, 2 * sizeof(int));
	if (sendmmsg(s[0], m, 2, 0) != 2)
		err(1, "sendmmsg");
	did("SEND", s[0], fds, 1);
	did("SEND", s[0], fds, 2);
	take(s[1], 0);
	take(s[1], 0);
}

/* As a 32-bit program, whose messages are laid out differently. */
static void by_32_bit(int *s, const int *fds)
{
	struct low {
		struct {
			unsigned int name, namelen, iov, iovlen, control, controllen, flags;
		} msg;
		struct {
			unsigned int base, len;
		} iov;
		struct {
			unsigned int len, level, type;
			int fds[2];
		} cmsg;
		char byte;
	} *l = low_memory();

	l->msg.iov = (long)&l->iov;
	l->msg.iovlen = 1;
	l->msg.control = (long)&l->cmsg;
	l->msg.controllen = l->cmsg.len = sizeof(l->cmsg);
	l->iov.base = (long)&l->byte;
	l->iov.len = 1;
	l->cmsg.level = SOL_SOCKET;
	l->cmsg.type = SCM_RIGHTS;
	memcpy(l->cmsg.fds, fds, sizeof(l->cmsg.fds));
	if (call32(370, s[0], (long)&l->msg, 0, 0, 0) != 1)
		err(1, "sendmsg of a 32-bit program");
	did("SEND", s[0], fds, 2);
	memset(l->cmsg.fds, 0, sizeof(l->cmsg.fds));
	l->msg.controllen = sizeof(l->cmsg);
	if (call32(372, s[1], (long)&l->msg, 0, 0, 0) != 1)
		err(1, "recvmsg of a 32-bit program");
	did("RECV", s[1], l->cmsg.fds, 2);
}

static void *other_thread(void *arg)
{
	int *s = arg;

	strcpy(comm, "other thread");
	prctl(PR_SET_NAME, comm);
	take(s[1], 0);
	return NULL;
}

int main(int argc, char **argv)
{
	int fds[253], n, s[2], d[2];
	pthread_t thread;

	if (argc != 3)
		errx(2, "usage: fds EXPECTED DIR");
	expect_to(argv[1]);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s) ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, d))
		err(1, "socketpair");
	n = kinds(argv[2], fds);
	strcpy(comm, "ways to pass");
	prctl(PR_SET_NAME, comm);
	pass(s[0], fds, n);
	take(s[1], 0);
	pass(d[0], fds, 3);
	take(d[1], 1); /* two are lost */
	fails(s[0], fds[0]);
	many(s, fds);
	for (int i = n; i < 253; i++)
		fds[i] = fds[i % n];
	pass(s[0], fds, 253);
	take(s[1], 0);
	if (HAVE_CALL32 && getenv("FDS_RARE"))
		by_32_bit(s, fds);
	pass(s[0], fds + 2, 2);
	pthread_create(&thread, NULL, other_thread, s);
	pthread_join(thread, NULL);
	strcpy(comm, "bad\033\377name");
	prctl(PR_SET_NAME, comm);
	{
		union control c;
		struct msghdr m;
		char path[512];

		snprintf(path, sizeof(path), "%s/a\033[31m\n\xff\xc3\xa9\"\\", argv[2]);
		fds[0] = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
		m = rights(&c, fds, 1);
		if (fds[0] < 0 || sendmsg(s[0], &m, 0) != 1)
			err(1, "%s", path);
	}
	return 0;
}
