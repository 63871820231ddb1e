// SPDX-License-Identifier: BSD-2-Clause
/*
 * tcpmoves EXPECTED ways	each way to send and receive, over IPv4 and IPv6, by two processes
 * tcpmoves EXPECTED stream S	two processes that send to each other for S seconds
 * tcpmoves EXPECTED blocked N	N processes blocked in a receive while two others work
 * tcpmoves EXPECTED pingpong N	N messages of 512 bytes, sent and received by one process
 * tcpmoves EXPECTED mptcp N	the same and other ways over MPTCP
 * tcpmoves EXPECTED addresses	one process sends to several addresses, to each another number of bytes
 *
 * Writes what each thread moved over each connection, by the results of its calls:
 * [pid,comm,family,local,remote,received,sent].
 */
#include "work.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One end of a connection, as one thread uses it. */
struct end {
	int fd, family; /* 4 or 6 */
	char local[64], remote[64];
	unsigned long long rx, tx;
};

static char data[1 << 20];
static int protocol; /* IPPROTO_MPTCP, or 0: TCP */
static const char *address4 = "127.0.0.1";
static int full[2]; /* a pipe, on which the client says that it has filled the connection */

/* Returns the version of IP.  A mapped address counts as IPv4. */
static int name(const struct sockaddr_storage *a, char *to, size_t size)
{
	const struct sockaddr_in6 *six = (const void *)a;
	const struct sockaddr_in *four = (const void *)a;
	char ip[INET6_ADDRSTRLEN];
	bool mapped = a->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr);

	if (a->ss_family == AF_INET)
		inet_ntop(AF_INET, &four->sin_addr, ip, sizeof(ip));
	else if (mapped)
		inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, ip, sizeof(ip));
	else
		inet_ntop(AF_INET6, &six->sin6_addr, ip, sizeof(ip));
	snprintf(to, size, "%s:%u", ip, ntohs(six->sin6_port)); /* at the same offset as IPv4's */
	return mapped || a->ss_family == AF_INET ? 4 : 6;
}

static struct end end_of(int fd)
{
	struct end e = { .fd = fd };
	struct sockaddr_storage a;
	socklen_t len = sizeof(a);

	getsockname(fd, (void *)&a, &len);
	e.family = name(&a, e.local, sizeof(e.local));
	len = sizeof(a);
	getpeername(fd, (void *)&a, &len);
	name(&a, e.remote, sizeof(e.remote));
	return e;
}

static void done(struct end *e)
{
	char comm[17] = "";

	prctl(PR_GET_NAME, comm);
	if (e->rx || e->tx)
		expect("[%d,\"%s\",%d,\"%s\",\"%s\",%llu,%llu]", getpid(), comm, e->family,
		       e->local, e->remote, e->rx, e->tx);
	e->rx = e->tx = 0;
}

static ssize_t sent(struct end *e, ssize_t n)
{
	if (n > 0)
		e->tx += n;
	return n;
}

static ssize_t got(struct end *e, ssize_t n)
{
	if (n > 0)
		e->rx += n;
	return n;
}

static void must(ssize_t n, ssize_t want, const char *what)
{
	if (n != want)
		err(1, "%s: %zd instead of %zd", what, n, want);
}

static void send_all(struct end *e, size_t n)
{
	while (n) {
		ssize_t m = sent(e, send(e->fd, data, n < sizeof(data) ? n : sizeof(data),
					 MSG_NOSIGNAL));

		if (m < 0)
			err(1, "send");
		n -= m;
	}
}

static void receive_all(struct end *e, size_t n)
{
	static __thread char buf[1 << 16];

	while (n) {
		ssize_t m = got(e, recv(e->fd, buf, n < sizeof(buf) ? n : sizeof(buf), 0));

		if (m <= 0)
			err(1, "recv: %zu bytes are missing", n);
		n -= m;
	}
}

/* A connection: the client's end in fds[0], the server's in fds[1]. */
static void connection(const char *kind, int fds[2])
{
	bool six_listens = strcmp(kind, "4"), six_connects = *kind == '6';
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_storage a;
	char mapped[INET6_ADDRSTRLEN];
	socklen_t len = sizeof(a);
	int l = socket(six_listens ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol), e;

	/* "4", "6", "6mapped": an IPv6 socket at an IPv4 address, "4mapped": an IPv4 client of such */
	snprintf(mapped, sizeof(mapped), "::ffff:%s", address4);
	inet_pton(AF_INET, address4, &four.sin_addr);
	inet_pton(AF_INET6, strcmp(kind, "6") ? mapped : "::1", &six.sin6_addr);
	e = six_listens ? bind(l, (void *)&six, sizeof(six)) : bind(l, (void *)&four, sizeof(four));
	if (e || listen(l, 64) || getsockname(l, (void *)&a, &len))
		err(1, "listen (%s)", kind);
	six.sin6_port = four.sin_port = ((struct sockaddr_in *)&a)->sin_port;
	fds[0] = socket(six_connects ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);
	e = six_connects ? connect(fds[0], (void *)&six, sizeof(six))
			 : connect(fds[0], (void *)&four, sizeof(four));
	if (e || (fds[1] = accept(l, NULL, NULL)) < 0)
		err(1, "connect (%s)", kind);
	close(l);
}

/* Run F(end, arg) on the client's end in a new process.  Returns the server's end. */
static struct end with_client(const char *kind, void (*f)(struct end *, long), long arg)
{
	int fds[2];

	connection(kind, fds);
	if (!fork()) {
		struct end e = end_of(fds[0]);

		close(fds[1]);
		f(&e, arg);
		done(&e);
		_exit(0);
	}
	close(fds[0]);
	return end_of(fds[1]);
}

static int file_of(size_t n)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	must(write(fd, data, n), n, "memfd");
	lseek(fd, 0, SEEK_SET);
	return fd;
}

#define MESSAGES 5
#define LARGE    300000
#define FILE_LEN 40000
#define PIPED    10000

static void *other_thread(void *arg)
{
	struct end e = *(struct end *)arg;

	prctl(PR_SET_NAME, "other thread");
	e.rx = e.tx = 0;
	send_all(&e, 7777);
	done(&e);
	return NULL;
}

static void client(struct end *e, long arg)
{
	struct iovec iov[2] = { { data, 3 }, { data, 400 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	int pipes[2], file = file_of(FILE_LEN);
	pthread_t thread;
	ssize_t n;

	(void)arg;
	prctl(PR_SET_NAME, "a client");
	must(sent(e, write(e->fd, data, 1)), 1, "write");
	for (int i = 0; i < MESSAGES; i++)
		must(sent(e, send(e->fd, data, 512, 0)), 512, "send");
	must(sent(e, writev(e->fd, iov, 2)), 403, "writev");
	must(sent(e, sendmsg(e->fd, &msg, 0)), 403, "sendmsg");
	send_all(e, LARGE);
	receive_all(e, LARGE);
	for (n = FILE_LEN; n;) {
		ssize_t m = sent(e, sendfile(e->fd, file, NULL, n));

		if (m <= 0)
			err(1, "sendfile");
		n -= m;
	}
	must(pipe(pipes), 0, "pipe");
	must(write(pipes[1], data, PIPED), PIPED, "write to pipe");
	for (n = PIPED; n;) {
		ssize_t m = sent(e, splice(pipes[0], NULL, e->fd, NULL, n, 0));

		if (m <= 0)
			err(1, "splice to socket");
		n -= m;
	}
	pthread_create(&thread, NULL, other_thread, e);
	send_all(e, 2223);
	pthread_join(thread, NULL);
	/* More than fits: the last of these sends is short, or fails. */
	while (sent(e, send(e->fd, data, 100000, MSG_DONTWAIT)) > 0)
		;
	must(errno, EAGAIN, "errno of a send that would block");
	must(write(full[1], "", 1), 1, "write to pipe");
	shutdown(e->fd, SHUT_WR);
	must(send(e->fd, data, 10, MSG_NOSIGNAL), -1, "send after shutdown");
	receive_all(e, 1);
}

/* Take pages out of the socket instead of copying them. */
static void map_received(struct end *e)
{
	struct tcp_zerocopy_receive zc = { .length = 1 << 16, .copybuf_len = 1000 };
	socklen_t len = sizeof(zc);
	char copied[1000];
	void *pages = mmap(NULL, zc.length, PROT_READ, MAP_SHARED, e->fd, 0);

	zc.address = (unsigned long)pages;
	zc.copybuf_address = (unsigned long)copied;
	if (pages == MAP_FAILED || getsockopt(e->fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &zc, &len))
		return;
	e->rx += zc.length + zc.copybuf_len;
}

/* Reads what the client sent; peeks and errors move nothing. */
static void server(struct end *e)
{
	char buf[4096];
	struct iovec iov[2] = { { buf, 3 }, { buf + 3, 400 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	struct timeval soon = { .tv_usec = 1000 };
	size_t n;
	int pipes[2];

	must(recv(e->fd, buf, 1, MSG_PEEK), 1, "peek");
	must(got(e, read(e->fd, buf, 1)), 1, "read");
	must(recv(e->fd, buf, MESSAGES * 512, MSG_PEEK | MSG_WAITALL), MESSAGES * 512, "peek all");
	for (int i = 0; i < MESSAGES; i++)
		must(got(e, recv(e->fd, buf, 512, MSG_WAITALL)), 512, "recv");
	must(got(e, recv(e->fd, NULL, 400, MSG_TRUNC | MSG_WAITALL)), 400, "recv to nowhere");
	must(got(e, recvmsg(e->fd, &msg, MSG_WAITALL)), 403, "recvmsg");
	receive_all(e, 3 + LARGE);
	/* Nothing more comes before we answer. */
	must(recv(e->fd, buf, 1, MSG_DONTWAIT), -1, "recv that would block");
	setsockopt(e->fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	must(recv(e->fd, buf, 1, 0), -1, "recv that times out");
	soon.tv_usec = 0;
	setsockopt(e->fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	send_all(e, LARGE);
	must(pipe(pipes), 0, "pipe");
	for (n = FILE_LEN + PIPED; n;) {
		ssize_t m = got(e, splice(e->fd, NULL, pipes[1], NULL, n, 0));

		if (m <= 0)
			err(1, "splice from socket");
		n -= m;
		while (m > 0)
			m -= read(pipes[0], buf, m < 4096 ? m : 4096);
	}
	receive_all(e, 7777 + 2223);
	must(read(full[0], buf, 1), 1, "read from pipe");
	map_received(e);
	while (got(e, recv(e->fd, buf, sizeof(buf), 0)) > 0)
		;
	send_all(e, 1);
}

static void ways(void)
{
	const char *const kinds[] = { "4", "6", "6mapped", "4mapped" };

	for (int i = 0; i < 4; i++) {
		struct end e;

		must(pipe(full), 0, "pipe");
		e = with_client(kinds[i], client, 0);
		server(&e);
		done(&e);
		close(e.fd);
		wait(NULL);
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Both ends of two connections send messages of all sizes, and receive what comes. */
static void stream(struct end *e, long seconds)
{
	static char buf[1 << 16];
	double end = now() + seconds;
	bool open = true;

	prctl(PR_SET_NAME, "a stream, long name");
	for (size_t n = 1; now() < end; n = n * 7 % 60013) {
		sent(e, send(e->fd, data, n, MSG_DONTWAIT));
		got(e, recv(e->fd, buf, sizeof(buf), MSG_DONTWAIT));
		usleep(1000); /* so that the tool gets its turn, also where processors are emulated */
	}
	shutdown(e->fd, SHUT_WR);
	while (open)
		open = got(e, recv(e->fd, buf, sizeof(buf), 0)) > 0;
}

static void streams(long seconds)
{
	struct end four = with_client("4", stream, seconds);

	if (!fork()) {
		struct end six = with_client("6", stream, seconds);

		stream(&six, seconds);
		done(&six);
		wait(NULL);
		_exit(0);
	}
	stream(&four, seconds);
	done(&four);
	while (wait(NULL) > 0)
		;
}

static void wait_for_message(struct end *e, long n)
{
	receive_all(e, n);
}

static void blocked(long n)
{
	struct end ends[n], e;

	for (long i = 0; i < n; i++)
		ends[i] = with_client(i % 2 ? "6" : "4", wait_for_message, 100 + i);
	usleep(300000); /* by now they are waiting */
	e = with_client("4", wait_for_message, 400 * 50);
	for (int i = 0; i < 50; i++)
		send_all(&e, 400);
	done(&e);
	for (long i = 0; i < n; i++) {
		send_all(&ends[i], 100 + i);
		done(&ends[i]);
	}
	while (wait(NULL) > 0)
		;
}

static void pingpong(long n)
{
	struct end e[2];
	int fds[2];

	connection("4", fds);
	e[0] = end_of(fds[0]);
	e[1] = end_of(fds[1]);
	for (long i = 0; i < n; i++) {
		send_all(&e[0], 512);
		receive_all(&e[1], 512);
	}
	done(&e[0]);
	done(&e[1]);
}

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* Over MPTCP: both ends have an MPTCP socket. */
static void mptcp(long n)
{
	const char *const kinds[] = { "4", "6", "6mapped", "4mapped" };
	int fds[2], file = file_of(FILE_LEN);
	char byte;

	protocol = IPPROTO_MPTCP;
	for (int i = 0; i < 4; i++) {
		struct end e[2];

		connection(kinds[i], fds);
		e[0] = end_of(fds[0]);
		e[1] = end_of(fds[1]);
		for (long j = 0; j < n; j++) {
			send_all(&e[0], 512);
			must(recv(fds[1], &byte, 1, MSG_PEEK), 1, "peek");
			receive_all(&e[1], 512);
			send_all(&e[1], 10);
			receive_all(&e[0], 10);
		}
		lseek(file, 0, SEEK_SET);
		for (ssize_t left = FILE_LEN; left;) {
			ssize_t m = sent(&e[0], sendfile(fds[0], file, NULL, left));

			if (m <= 0)
				err(1, "sendfile");
			receive_all(&e[1], m);
			left -= m;
		}
		done(&e[0]);
		done(&e[1]);
		close(fds[0]);
		close(fds[1]);
	}
}

static void addresses(void)
{
	static const struct {
		const char *kind, *address;
		int bytes;
	} to[] = {
		{ "4", "127.0.0.1", 1000 },       { "4", "127.0.0.2", 20000 },
		{ "4", "127.1.2.3", 300000 },     { "4", "127.1.255.255", 4000000 },
		{ "6mapped", "127.2.0.0", 3000 }, { "6", NULL, 70000 },
	};

	for (size_t i = 0; i < sizeof(to) / sizeof(*to); i++) {
		struct end e[2];
		int fds[2];

		address4 = to[i].address ?: "127.0.0.1";
		connection(to[i].kind, fds);
		for (int j = 0; j < 2; j++)
			e[j] = end_of(fds[j]);
		for (int left = to[i].bytes; left; left -= left < 5000 ? left : 5000) {
			send_all(&e[0], left < 5000 ? left : 5000);
			receive_all(&e[1], left < 5000 ? left : 5000);
		}
		done(&e[0]);
		done(&e[1]);
		close(fds[0]);
		close(fds[1]);
	}
}

int main(int argc, char **argv)
{
	long n = argc > 3 ? atol(argv[3]) : 0;

	if (argc < 3)
		errx(2,
		     "usage: tcpmoves EXPECTED ways|stream|blocked|pingpong|mptcp|addresses [N]");
	signal(SIGPIPE, SIG_IGN);
	expect_to(argv[1]);
	if (!strcmp(argv[2], "ways"))
		ways();
	else if (!strcmp(argv[2], "stream"))
		streams(n);
	else if (!strcmp(argv[2], "blocked"))
		blocked(n);
	else if (!strcmp(argv[2], "pingpong"))
		pingpong(n);
	else if (!strcmp(argv[2], "mptcp"))
		mptcp(n);
	else if (!strcmp(argv[2], "addresses"))
		addresses();
	return 0;
}
