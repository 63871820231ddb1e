// SPDX-License-Identifier: BSD-2-Clause
/*
 * udpmoves EXPECTED ways		each way to send and receive, and to end, over IPv4 and IPv6
 * udpmoves EXPECTED stream S		two processes that send to each other for S seconds
 * udpmoves EXPECTED sockets N [PORT]	N sockets that send something to one at PORT, then end
 * udpmoves EXPECTED pingpong N		N datagrams of 512 bytes, sent and received by one process
 * udpmoves EXPECTED netns		a socket in another network namespace
 *
 * Writes what each process moved between which addresses, by the results of its calls:
 * ["flow",pid,comm,family,local,remote,rx bytes,tx bytes,rx datagrams,tx datagrams]
 * and what each socket did that has ended:
 * ["life",pid,comm,family,laddr,lport,raddr,rport,peers,tx bytes,rx bytes,tx datagrams,rx datagrams,drops]
 */
#include "rare.h"
#include "sockets.h"
#include "work.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

struct moved {
	unsigned long long rx, tx, rx_n, tx_n;
};

static struct flow {
	struct address local, remote;
	struct moved m;
} flows[256];

struct udp {
	int fd;
	struct address peer; /* the first */
	int peers;           /* at most 2: several */
	struct moved m;
	unsigned long long drops;
};

static char data[70000], into[70000];
static int protocol; /* IPPROTO_UDPLITE, or 0: UDP */

static bool equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && a->port == b->port && !strcmp(a->ip, b->ip);
}

static void add(struct moved *to, const struct moved *m)
{
	to->rx += m->rx;
	to->tx += m->tx;
	to->rx_n += m->rx_n;
	to->tx_n += m->tx_n;
}

static void account(struct udp *u, const struct address *peer, struct moved m)
{
	struct address me = local(u->fd);
	struct flow *f = flows;

	me.family = peer->family;
	if (!strcmp(me.ip, "::") || !strcmp(me.ip, "0.0.0.0"))
		strcpy(me.ip, peer->family == 4 ? "127.0.0.1" : "::1");
	while (f->m.rx_n + f->m.tx_n && !(equal(&f->local, &me) && equal(&f->remote, peer)))
		f++;
	f->local = me;
	f->remote = *peer;
	add(&f->m, &m);
	add(&u->m, &m);
	if (!u->peers)
		u->peer = *peer;
	if (u->peers < 2 && !(u->peers && equal(&u->peer, peer)))
		u->peers++;
}

static void write_flows(void)
{
	for (struct flow *f = flows; f->m.rx_n + f->m.tx_n; f++)
		expect("[\"flow\",%d,\"%s\",%d,\"%s:%d\",\"%s:%d\",%llu,%llu,%llu,%llu]", getpid(),
		       comm(), f->remote.family, f->local.ip, f->local.port, f->remote.ip,
		       f->remote.port, f->m.rx, f->m.tx, f->m.rx_n, f->m.tx_n);
	memset(flows, 0, sizeof(flows));
}

static void write_life(const struct udp *u)
{
	static const char *const peers[] = { "none", "one", "several" };
	struct sockaddr_in6 a;
	socklen_t len = sizeof(a);
	struct address me = local(u->fd), other = u->peer;
	char remote[128] = "null,null";
	int n = u->peers;

	if (!getpeername(u->fd, (void *)&a, &len)) {
		other = address_of(&a);
		n = 1;
	}
	if (n == 1) {
		snprintf(remote, sizeof(remote), "\"%s\",%d", other.ip, other.port);
		if (other.family == 4 && !strcmp(me.ip, "::"))
			me = (struct address){ 4, "0.0.0.0", me.port };
	}
	expect("[\"life\",%d,\"%s\",%d,\"%s\",%d,%s,\"%s\",%llu,%llu,%llu,%llu,%llu]", getpid(),
	       comm(), me.family, me.ip, me.port, remote, peers[n], u->m.tx, u->m.rx, u->m.tx_n,
	       u->m.rx_n, u->drops);
}

static void finish(struct udp *u)
{
	write_life(u);
	close(u->fd);
}

static void must(long n, long want, const char *what)
{
	if (n != want)
		err(1, "%s: %ld instead of %ld", what, n, want);
}

/* At a loopback address and PORT, if WHERE is not NULL; see make_address(). */
static struct udp udp(int family, const char *where, int port)
{
	struct sockaddr_in6 a;
	struct udp u = { .fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, protocol) };
	struct timeval most = { .tv_sec = 10 };

	if (u.fd < 0 || (where && bind(u.fd, (void *)&a, make_address(where, true, port, &a))))
		err(1, "socket");
	setsockopt(u.fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	return u;
}

static struct udp udp_at(const char *where)
{
	return udp(strcmp(where, "4") ? AF_INET6 : AF_INET, where, 0);
}

/* The address of U's socket, to send to from a socket of FAMILY. */
static socklen_t name(const struct udp *u, int family, struct sockaddr_in6 *to)
{
	struct address a = local(u->fd);

	if (!strcmp(a.ip, "::"))
		a.family = family == AF_INET ? 4 : 6;
	make_address(a.family == 6       ? "6"
		     : family == AF_INET ? "4"
					 : "6mapped",
		     family == AF_INET6, a.port, to);
	return family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(*to);
}

static int family_of(const struct udp *u)
{
	int family;
	socklen_t len = sizeof(family);

	getsockopt(u->fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
	return family;
}

static void connect_to(struct udp *u, const struct udp *to)
{
	struct sockaddr_in6 a;

	must(connect(u->fd, (void *)&a, name(to, family_of(u), &a)), 0, "connect");
}

/* N datagrams of BYTES in all went from FROM to TO. */
static void went(struct udp *from, const struct udp *to, long bytes, long n)
{
	struct sockaddr_in6 a;
	struct address peer;

	name(to, family_of(from), &a);
	peer = address_of(&a);
	account(from, &peer, (struct moved){ .tx = bytes, .tx_n = n });
}

static void came(struct udp *to, const void *sockaddr, long bytes, long n)
{
	struct address a = address_of(sockaddr);

	account(to, &a, (struct moved){ .rx = bytes, .rx_n = n });
}

static void send_to(struct udp *from, const struct udp *to, long bytes)
{
	struct sockaddr_in6 a;
	socklen_t len = name(to, family_of(from), &a);

	must(sendto(from->fd, data, bytes, 0, (void *)&a, len), bytes, "sendto");
	went(from, to, bytes, 1);
}

/* Receive a datagram of BYTES. */
static void take(struct udp *to, long bytes)
{
	struct sockaddr_in6 a;
	socklen_t len = sizeof(a);

	must(recvfrom(to->fd, into, sizeof(into), 0, (void *)&a, &len), bytes, "recvfrom");
	came(to, &a, bytes, 1);
}

/* FROM has sent a datagram of BYTES, and nobody else has anything. */
static void sent(struct udp *from, struct udp *to, long result, long bytes, const char *what)
{
	must(result, bytes, what);
	went(from, to, bytes, 1);
	take(to, bytes);
}

static void connected_ways(struct udp *from, struct udp *to)
{
	struct iovec iov[2] = { { data, 3 }, { data, 400 } };
	struct mmsghdr many[3] = { 0 };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	struct io_uring_sqe op = {
		.opcode = IORING_OP_SEND, .fd = from->fd, .addr = (unsigned long)data, .len = 700
	};
	int pipes[2], file = memfd_create("file", MFD_CLOEXEC), on = 1, off = 0;

	sent(from, to, write(from->fd, data, 1), 1, "write");
	sent(from, to, send(from->fd, data, 0, 0), 0, "send nothing");
	sent(from, to, send(from->fd, data, 60000, 0), 60000, "send");
	sent(from, to, writev(from->fd, iov, 2), 403, "writev");
	sent(from, to, sendmsg(from->fd, &msg, 0), 403, "sendmsg");
	for (int i = 0; i < 3; i++)
		many[i].msg_hdr = msg;
	must(sendmmsg(from->fd, many, 3, 0), 3, "sendmmsg");
	went(from, to, 3 * 403, 3);
	for (int i = 0; i < 3; i++)
		take(to, 403);

	must(send(from->fd, data, 10, MSG_MORE), 10, "send, more follows");
	sent(from, to, send(from->fd, data, 20, 0) + 10, 30, "send the rest");
	setsockopt(from->fd, IPPROTO_UDP, UDP_CORK, &on, sizeof(on));
	must(send(from->fd, data, 100, 0), 100, "send, corked");
	must(send(from->fd, data, 200, 0), 200, "send, corked");
	sent(from, to, setsockopt(from->fd, IPPROTO_UDP, UDP_CORK, &off, sizeof(off)) + 300, 300,
	     "uncork");

	must(write(file, data, 3000), 3000, "memfd");
	lseek(file, 0, SEEK_SET);
	sent(from, to, sendfile(from->fd, file, NULL, 3000), 3000, "sendfile");
	must(pipe2(pipes, O_CLOEXEC), 0, "pipe");
	must(write(pipes[1], data, 2000), 2000, "write to pipe");
	sent(from, to, splice(pipes[0], NULL, from->fd, NULL, 2000, 0), 2000, "splice");
	close(file);
	close(pipes[0]);
	close(pipes[1]);
	sent(from, to, uring_do(&op), 700, "io_uring");

	/* Nothing moves. */
	must(send(from->fd, data, 70000, 0), -1, "send too much");
	must(recv(from->fd, into, 1, MSG_DONTWAIT), -1, "recv nothing");
}

/* Datagrams that the kernel cuts a send into, and a receive that takes them all. */
static void segments(struct udp *from, struct udp *to)
{
	int each = 100, on = 1, none = 0;
	struct sockaddr_in6 a;
	socklen_t len = sizeof(a);

	must(setsockopt(from->fd, IPPROTO_UDP, UDP_SEGMENT, &each, sizeof(each)), 0, "UDP_SEGMENT");
	must(send(from->fd, data, 1050, 0), 1050, "send of segments");
	went(from, to, 1050, 11);
	for (int i = 0; i < 11; i++)
		take(to, i < 10 ? 100 : 50);
	must(setsockopt(to->fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on)), 0, "UDP_GRO");
	must(send(from->fd, data, 730, 0), 730, "send of segments");
	went(from, to, 730, 8);
	/* Before 5.11, the loopback device cuts them itself: then each comes alone. */
	for (long got, left = 730; left; left -= got) {
		got = recvfrom(to->fd, into, sizeof(into), 0, (void *)&a, &len);
		if (got <= 0 || got > left)
			err(1, "receive of segments: %ld", got);
	}
	came(to, &a, 730, 8);
	setsockopt(from->fd, IPPROTO_UDP, UDP_SEGMENT, &none, sizeof(none));
	setsockopt(to->fd, IPPROTO_UDP, UDP_GRO, &none, sizeof(none));
}

static void receives(struct udp *from, struct udp *to)
{
	struct iovec iov[2] = { { into, 3 }, { into + 3, 400 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	struct mmsghdr many[2] = { { .msg_hdr = msg }, { .msg_hdr = msg } };
	struct sockaddr_in6 a;

	name(from, family_of(to), &a);
	send_to(from, to, 40);
	must(recv(to->fd, into, 100, MSG_PEEK), 40, "peek");
	must(recv(to->fd, into, 100, MSG_PEEK), 40, "peek again");
	must(read(to->fd, into, 100), 40, "read");
	came(to, &a, 40, 1);
	send_to(from, to, 0);
	must(recv(to->fd, into, 100, MSG_PEEK), 0, "peek at nothing");
	must(recv(to->fd, into, 100, 0), 0, "receive nothing");
	came(to, &a, 0, 1);
	send_to(from, to, 500);
	must(recv(to->fd, into, 100, 0), 100, "receive the beginning");
	came(to, &a, 100, 1);
	send_to(from, to, 500);
	must(recv(to->fd, into, 100, MSG_TRUNC), 500, "receive the beginning, and the length");
	came(to, &a, 500, 1);
	send_to(from, to, 50);
	must(readv(to->fd, iov, 2), 50, "readv");
	came(to, &a, 50, 1);
	send_to(from, to, 51);
	must(recvmsg(to->fd, &msg, 0), 51, "recvmsg");
	came(to, &a, 51, 1);
	send_to(from, to, 52);
	send_to(from, to, 53);
	must(recvmmsg(to->fd, many, 2, 0, NULL), 2, "recvmmsg");
	came(to, &a, 52 + 53, 2);
}

/* More than fits into its buffer. */
static void overflow(struct udp *from, struct udp *to)
{
	struct sockaddr_in6 a;
	socklen_t len = sizeof(a);
	int small = 4096, n = 40;

	setsockopt(to->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (int i = 0; i < n; i++)
		send_to(from, to, 1000);
	while (recvfrom(to->fd, into, sizeof(into), MSG_DONTWAIT, (void *)&a, &len) == 1000) {
		came(to, &a, 1000, 1);
		n--;
	}
	if (!n || n == 40)
		errx(1, "%d of 40 datagrams were dropped", n);
	to->drops += n;
}

static void child(struct udp *from, struct udp *to)
{
	struct sockaddr_in6 a;
	struct udp mine = *from;
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_NAME, "a child");
		memset(flows, 0, sizeof(flows));
		send_to(&mine, to, 333);
		write_flows();
		_exit(0);
	}
	must(waitpid(pid, NULL, 0), pid, "waitpid");
	/* The socket sent it, too. */
	name(to, family_of(from), &a);
	from->m.tx += 333;
	from->m.tx_n++;
	take(to, 333);
}

static void ways(const char *from_kind, const char *to_kind)
{
	struct udp to = udp_at(to_kind), from = udp_at(from_kind), other = udp_at(to_kind);
	struct sockaddr_in6 a;
	struct udp one, unused = udp_at(from_kind);
	socklen_t len;

	/* Not connected: to one, then to another. */
	receives(&from, &to);
	child(&from, &to);
	len = name(&to, family_of(&from), &a);
	must(sendto(from.fd, data, 11, MSG_MORE, (void *)&a, len), 11, "sendto, more follows");
	sent(&from, &to, send(from.fd, data, 22, 0) + 11, 33, "send the rest");
	send_to(&from, &other, 77);
	take(&other, 77);
	/* Bound by its first send, and with one peer. */
	one = udp(family_of(&from), NULL, 0);
	send_to(&one, &other, 88);
	take(&other, 88);
	overflow(&one, &other);
	finish(&one);
	finish(&other);
	finish(&from);
	/* Connected, with a datagram for another one. */
	from = udp(family_of(&unused), NULL, 0);
	connect_to(&from, &to);
	connected_ways(&from, &to);
	segments(&from, &to);
	other = udp_at(to_kind);
	send_to(&from, &other, 99);
	take(&other, 99);
	finish(&other);
	/* What was never complete is never sent. */
	must(send(from.fd, data, 10, MSG_MORE), 10, "send, more follows");
	finish(&from);
	/* One that nobody reads, one that nobody sends to. */
	from = udp_at(from_kind);
	send_to(&from, &to, 5);
	finish(&from);
	finish(&to);
	finish(&unused);
	/* Without a port: not one that udplife(8) shows. */
	close(socket(strcmp(from_kind, "4") ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

/* An IPv6 socket that talks IPv4, and both. */
static void dual(void)
{
	struct udp to = { .fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) };
	struct udp four = udp_at("4"), six = udp_at("6");
	struct sockaddr_in6 any = { .sin6_family = AF_INET6 };

	for (int i = 0; i < 2; i++) {
		if (i)
			to = (struct udp){ .fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0) };
		must(bind(to.fd, (void *)&any, sizeof(any)), 0, "bind");
		send_to(&four, &to, 100);
		take(&to, 100);
		send_to(&to, &four, 200);
		take(&four, 200);
		if (i) {
			send_to(&six, &to, 300);
			take(&to, 300);
		}
		finish(&to);
	}
	finish(&four);
	finish(&six);
}

static void lite(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDPLITE);
	struct udp from, to;

	if (fd < 0)
		return; /* Linux 7 has none */
	close(fd);
	protocol = IPPROTO_UDPLITE;
	for (int i = 0; i < 2; i++) {
		to = udp_at(i ? "6" : "4");
		from = udp_at(i ? "6" : "4");
		send_to(&from, &to, 1234);
		take(&to, 1234);
		connect_to(&to, &from);
		sent(&to, &from, send(to.fd, data, 4321, 0), 4321, "send");
		finish(&from);
		finish(&to);
	}
	protocol = 0;
}

/* A process that ends has its socket closed. */
static void left_open(void)
{
	pid_t pid = fork();

	if (!pid) {
		struct udp to = udp_at("4"), from = udp_at("4");

		memset(flows, 0, sizeof(flows));
		prctl(PR_SET_NAME, "one that ends");
		send_to(&from, &to, 10);
		take(&to, 10);
		write_life(&from);
		write_life(&to);
		write_flows();
		_exit(0);
	}
	must(waitpid(pid, NULL, 0), pid, "waitpid");
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Two connected sockets; this one sends datagrams of all sizes, and receives what comes. */
static void stream(struct udp *u, double seconds)
{
	double end = now() + seconds;
	struct address peer = remote(u->fd);

	for (long n = 1; now() < end; n = n * 7 % 20011) {
		ssize_t m = send(u->fd, data, n, MSG_DONTWAIT);

		if (m > 0)
			account(u, &peer, (struct moved){ .tx = m, .tx_n = 1 });
		m = recv(u->fd, into, sizeof(into), MSG_DONTWAIT);
		if (m > 0)
			account(u, &peer, (struct moved){ .rx = m, .rx_n = 1 });
	}
	write_flows();
}

static void streams(double seconds)
{
	static const char *const kinds[] = { "4", "6" };

	for (int i = 0; i < 2; i++) {
		struct udp a = udp_at(kinds[i]), b = udp_at(kinds[i]);

		connect_to(&a, &b);
		connect_to(&b, &a);
		for (int j = 0; j < 2; j++)
			if (!fork()) {
				stream(j ? &a : &b, seconds);
				_exit(0);
			}
	}
	while (wait(NULL) > 0)
		;
}

static void sockets(long n, int port)
{
	struct udp to4 = udp(AF_INET, "4", port), to6 = udp(AF_INET6, "6", port);

	for (long i = 0; i < n; i++) {
		struct udp *to = i % 2 ? &to6 : &to4, from = udp_at(i % 2 ? "6" : "4");

		send_to(&from, to, 1024 + i);
		take(to, 1024 + i);
		finish(&from);
	}
	finish(&to4);
	finish(&to6);
}

static void pingpong(long n)
{
	struct udp to = udp_at("4"), from = udp_at("4");

	for (long i = 0; i < n; i++) {
		send_to(&from, &to, 512);
		take(&to, 512);
	}
	finish(&to);
	finish(&from);
}

static void other_netns(void)
{
	must(unshare(CLONE_NEWNET), 0, "unshare");
	must(system("ip link set lo up"), 0, "ip");
	pingpong(3);
}

int main(int argc, char **argv)
{
	long n = argc > 3 ? atol(argv[3]) : 0;

	if (argc < 3)
		errx(2, "usage: udpmoves EXPECTED ways|stream|sockets|pingpong|netns [N [PORT]]");
	expect_to(argv[1]);
	prctl(PR_SET_NAME, "a datagram");
	if (!strcmp(argv[2], "ways")) {
		ways("4", "4");
		ways("6", "6");
		ways("6mapped", "6mapped");
		ways("4", "6mapped");
		dual();
		lite();
		left_open();
	} else if (!strcmp(argv[2], "stream")) {
		streams(n);
	} else if (!strcmp(argv[2], "sockets")) {
		sockets(n, argc > 4 ? atoi(argv[4]) : 0);
	} else if (!strcmp(argv[2], "pingpong")) {
		pingpong(n);
	} else if (!strcmp(argv[2], "netns")) {
		other_netns();
	}
	write_flows();
	return 0;
}
