// SPDX-License-Identifier: BSD-2-Clause
/*
 * tcpconns EXPECTED ways	each way for a connection to begin and end, over IPv4, IPv6 and mapped addresses
 * tcpconns EXPECTED many N [PORT]	N short connections, from two processors at once, to PORT and PORT + 1,
 *					which should be none that the kernel gives to clients (32768 and above)
 * tcpconns EXPECTED slow	a connection whose SYN is sent again after a second
 * tcpconns EXPECTED unanswered PORT	two attempts that nobody answers: one is given up, one times out
 * tcpconns EXPECTED waiting N	N processes that wait for a connection at once
 * tcpconns EXPECTED mptcp	a connection by MPTCP
 * tcpconns EXPECTED dns PORT	connects to addresses that a DNS server (of its own) gave, at once and later
 * tcpconns EXPECTED lossy	connections whose segments are lost for a while, in both directions
 * tcpconns EXPECTED netns	a connection in a network namespace of its own
 * tcpconns EXPECTED drops	segments that the kernel drops, for reasons that are known
 * tcpconns EXPECTED backlog	listeners that accept nothing get one connection after the other
 * tcpconns EXPECTED rtt PORT	a server at this port and the next ones learns how long a client takes to answer
 * tcpconns EXPECTED filtered PORT	a SYN to this port that a filter drops
 * tcpconns EXPECTED congested [FILE]	connections that lose segments, and watch their congestion state; once FILE is
 *	there, if they are to be connected before tracing begins
 *
 * Writes what it did:
 *	["life",pid,comm,family,laddr,lport,raddr,rport,netns,bytes sent,bytes received,why it ended]
 *	["connect",pid,comm,uid,family,laddr,lport,raddr,rport,netns,errno]
 *	["accept",pid,comm,family,laddr,lport,raddr,rport,netns]
 *	["close",pid,comm,family,laddr,lport,raddr,rport,netns]: by MPTCP; others are those that lived
 *	["states",pid,comm,family,laddr,lport,raddr,rport,netns,[states]]
 *	["retransmits",pid,comm,family,laddr,lport,raddr,rport,netns,number]
 *	["drop",pid,comm,family,saddr,sport,daddr,dport,netns,state,flags,reason,function,number], pid 0: no socket
 *	["backlog",listen limit,family,number of connections]
 *	["disturbed",segments that came at once]: the next row is not exact
 *	["rtt",family,laddr,lport,raddr,rport,[smoothed round-trip time as each segment came, microseconds]]
 *	["connected"]: now FILE can be made
 *	["congested",family,laddr,lport,raddr,rport,netns,[least time in each state, ns],[most],changes seen]
 * Addresses are shown as IPv4 if they are mapped.
 */
#include "sockets.h"
#include "work.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char data[1 << 16];

/* "PID,COMM,FAMILY,LADDR,LPORT,RADDR,RPORT,NETNS" */
static const char *ends(struct address l, struct address r)
{
	static char text[256];

	snprintf(text, sizeof(text), "%d,\"%s\",%d,\"%s\",%d,\"%s\",%d,%llu", getpid(), comm(),
		 r.family, l.ip, l.port, r.ip, r.port, netns());
	return text;
}

static void lived(struct address l, struct address r, long tx, long rx, const char *states,
		  const char *why)
{
	expect("[\"life\",%s,%ld,%ld,\"%s\"]", ends(l, r), tx, rx, why);
	if (states)
		expect("[\"states\",%s,[\"%s\"]]", ends(l, r), states);
}

static void connected(struct address l, struct address r, int error)
{
	expect("[\"connect\",%d,\"%s\",%d,%d,\"%s\",%d,\"%s\",%d,%llu,%d]", getpid(), comm(),
	       getuid(), r.family, l.ip, l.port, r.ip, r.port, netns(), error);
}

/* A socket with a local address. */
static int bound_to(const char *kind, bool server, int port)
{
	struct sockaddr_in6 a;
	socklen_t len = make_address(kind, server, port, &a);
	int fd = socket(a.sin6_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (port)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (void *)&a, len))
		err(1, "bind (%s)", kind);
	return fd;
}

static int bound(const char *kind, bool server)
{
	return bound_to(kind, server, 0);
}

static int listener(const char *kind, int port)
{
	int fd = bound_to(kind, true, port);

	if (listen(fd, 64))
		err(1, "listen");
	return fd;
}

static int connect_to(const char *kind, int fd, int port)
{
	struct sockaddr_in6 to;
	socklen_t len = make_address(kind, false, port, &to);

	return connect(fd, (void *)&to, len);
}

static int accept_one(int l)
{
	int fd = accept(l, NULL, NULL);

	if (fd < 0)
		err(1, "accept");
	expect("[\"accept\",%s]", ends(local(fd), remote(fd)));
	return fd;
}

static void send_bytes(int fd, long n)
{
	while (n) {
		ssize_t m = send(fd, data, (size_t)n < sizeof(data) ? (size_t)n : sizeof(data),
				 MSG_NOSIGNAL);

		if (m < 0)
			err(1, "send");
		n -= m;
	}
}

static void receive_bytes(int fd, long n)
{
	char buf[sizeof(data)];

	while (n) {
		ssize_t m = recv(fd, buf, (size_t)n < sizeof(buf) ? (size_t)n : sizeof(buf), 0);

		if (m <= 0)
			err(1, "recv: %ld bytes are missing", n);
		n -= m;
	}
}

static void receive_end(int fd, int error)
{
	char c;
	ssize_t n = recv(fd, &c, 1, 0);

	if (error ? n >= 0 || errno != error : n)
		err(1, "recv: %zd instead of the end, error %d expected", n, error);
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* Wait until the other side has acknowledged all. */
static void settle(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	while (!getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) && info.tcpi_unacked)
		pause_ms(1);
}

static void reset(int fd)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

/* Wait until no connection of this port is left but in TIME_WAIT. */
static void wait_gone(int port)
{
	const char *const files[] = { "/proc/net/tcp", "/proc/net/tcp6" };
	char line[512], want[8];
	bool left = true;

	snprintf(want, sizeof(want), ":%04X ", port);
	while (left) {
		left = false;
		for (int i = 0; i < 2; i++) {
			FILE *f = fopen(files[i], "re");

			while (f && fgets(line, sizeof(line), f)) {
				const char *at = strstr(line, want);
				unsigned int state = 0;
				const char *after = at ? strchr(at + 6, ' ') : NULL;

				if (!at)
					continue;
				/* LOCAL:PORT REMOTE:PORT STATE, and this is one of the two */
				if (strchr(at + 1, ':') && after && strchr(at + 1, ':') < after)
					at = after;
				else
					at += 5;
				sscanf(at, "%x", &state);
				left |= state != 6;
			}
			if (f)
				fclose(f);
		}
		if (left)
			pause_ms(1);
	}
}

#define PATH(...)  "CLOSE\",\"SYN_SENT\",\"ESTABLISHED\",\"" __VA_ARGS__ "\",\"CLOSE"
#define TAKEN(...) "SYN_RECV\",\"ESTABLISHED\",\"" __VA_ARGS__ "\",\"CLOSE"
#define ACTIVE     "FIN_WAIT1\",\"FIN_WAIT2"
#define PASSIVE    "CLOSE_WAIT\",\"LAST_ACK"

enum way { CLIENT_FIRST, SERVER_FIRST, HALF_CLOSED, CLIENT_RESETS, SERVER_RESETS, UNREAD, WAYS };
#define UP   5000
#define DOWN 70001

static void client(const char *kind, enum way way, int port)
{
	int fd = bound(kind, false);
	struct address l, r;
	bool nonblock = way == SERVER_FIRST;
	const char *states = NULL;

	if (nonblock)
		fcntl(fd, F_SETFL, O_NONBLOCK);
	if (connect_to(kind, fd, port) && !(nonblock && errno == EINPROGRESS))
		err(1, "connect (%s)", kind);
	if (nonblock) {
		poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
		fcntl(fd, F_SETFL, 0);
	}
	l = local(fd);
	r = remote(fd);
	connected(l, r, 0);
	send_bytes(fd, UP);
	if (way != UNREAD)
		receive_bytes(fd, DOWN);
	switch (way) {
	case CLIENT_FIRST:
		states = PATH(ACTIVE);
		break;
	case SERVER_FIRST:
		receive_end(fd, 0);
		states = PATH(PASSIVE);
		break;
	case HALF_CLOSED:
		shutdown(fd, SHUT_WR);
		receive_bytes(fd, DOWN);
		receive_end(fd, 0);
		states = PATH(ACTIVE);
		break;
	case CLIENT_RESETS:
		settle(fd);
		reset(fd);
		fd = -1;
		break;
	case SERVER_RESETS:
	case UNREAD:
		receive_end(fd, ECONNRESET);
		break;
	default:
		break;
	}
	if (fd >= 0)
		close(fd);
	lived(l, r, UP,
	      way == UNREAD        ? 0
	      : way == HALF_CLOSED ? 2 * DOWN
				   : DOWN,
	      states ?: "CLOSE\",\"SYN_SENT\",\"ESTABLISHED\",\"CLOSE",
	      way == SERVER_FIRST    ? "remote_close"
	      : way == CLIENT_RESETS ? "reset_sent"
	      : states               ? "local_close"
				     : "reset_received");
}

static void server(int listener, enum way way)
{
	int fd = accept_one(listener);
	struct address l = local(fd), r = remote(fd);
	const char *states = NULL;
	char c;

	if (way == UNREAD) {
		struct tcp_info info = {};
		socklen_t len = sizeof(info);

		recv(fd, &c, 1, MSG_PEEK);
		while (!getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) &&
		       info.tcpi_bytes_received < UP)
			pause_ms(1);
		pause_ms(60); /* the client gets its acknowledgement by then */
		close(fd);
		lived(l, r, 0, UP, "SYN_RECV\",\"ESTABLISHED\",\"CLOSE", "reset_sent");
		return;
	}
	receive_bytes(fd, UP);
	send_bytes(fd, DOWN);
	switch (way) {
	case CLIENT_FIRST:
		receive_end(fd, 0);
		states = TAKEN(PASSIVE);
		break;
	case SERVER_FIRST:
		states = TAKEN(ACTIVE);
		break;
	case HALF_CLOSED:
		receive_end(fd, 0);
		send_bytes(fd, DOWN);
		states = TAKEN(PASSIVE);
		break;
	case CLIENT_RESETS:
		receive_end(fd, ECONNRESET);
		break;
	case SERVER_RESETS:
		settle(fd);
		reset(fd);
		fd = -1;
		break;
	default:
		break;
	}
	if (fd >= 0)
		close(fd);
	lived(l, r, way == HALF_CLOSED ? 2 * DOWN : DOWN, UP,
	      states ?: "SYN_RECV\",\"ESTABLISHED\",\"CLOSE",
	      way == SERVER_FIRST    ? "local_close"
	      : way == SERVER_RESETS ? "reset_sent"
	      : states               ? "remote_close"
				     : "reset_received");
}

static void refused(const char *kind)
{
	int closed = bound(kind, true), port = local(closed).port, fd = bound(kind, false);
	struct address l = local(fd), r = l;

	r.port = port;
	if (!connect_to(kind, fd, port) || errno != ECONNREFUSED)
		err(1, "connect to a closed port");
	connected(l, r, ECONNREFUSED);
	lived(l, r, 0, 0, "CLOSE\",\"SYN_SENT\",\"CLOSE", "refused");
	close(fd);
	close(closed);
}

/* No address of ours leads there. */
static void unreachable(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = bound("4", false);
	struct address l = local(fd), r;

	inet_pton(AF_INET, "255.255.255.255", &to.sin_addr);
	r = address_of(&to);
	if (!connect(fd, (void *)&to, sizeof(to)))
		errx(1, "connected to a broadcast address");
	connected(l, r, errno);
	close(fd);
}

static void ways(void)
{
	const char *const kinds[] = { "4", "6", "6mapped", "4mapped" };

	prctl(PR_SET_NAME, "a server");
	for (int i = 0; i < 4; i++) {
		for (int way = 0; way < WAYS; way++) {
			int l = listener(kinds[i], 0), status;
			int port = local(l).port;

			if (!fork()) {
				close(l);
				prctl(PR_SET_NAME, "a client");
				if (i == 1 && setuid(65534))
					err(1, "setuid");
				client(kinds[i], way, port);
				_exit(0);
			}
			server(l, way);
			wait(&status);
			if (status)
				errx(1, "the client failed: kind %s, way %d", kinds[i], way);
			close(l);
			wait_gone(port);
		}
		refused(kinds[i]);
	}
	unreachable();
}

static void short_ones(int cpu, long n, int port)
{
	cpu_set_t set;
	int l;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set); /* where there is such a processor */
	l = listener(cpu ? "6" : "4", port ? port + cpu : 0);
	for (long i = 0; i < n; i++) {
		int c = bound(cpu ? "6" : "4", false), s;
		struct address here, there;

		if (connect_to(cpu ? "6" : "4", c, local(l).port))
			err(1, "connect");
		here = local(c);
		there = remote(c);
		connected(here, there, 0);
		s = accept_one(l);
		send_bytes(c, i % 100);
		receive_bytes(s, i % 100);
		close(i % 2 ? c : s);
		close(i % 2 ? s : c);
		lived(here, there, i % 100, 0, NULL, i % 2 ? "local_close" : "remote_close");
		lived(there, here, 0, i % 100, NULL, i % 2 ? "remote_close" : "local_close");
	}
	close(l);
}

static void many(long n, int port)
{
	for (int i = 0; i < 2; i++)
		if (!fork()) {
			short_ones(i, n / 2, port);
			_exit(0);
		}
	for (int i = 0, status; i < 2; i++)
		if (wait(&status) < 0 || status)
			errx(1, "a half failed");
	pause_ms(20);
}

/* A full queue of connections to accept drops the SYN, which is sent again after a second. */
static void slow(void)
{
	int l = bound("4", true), fd[3], port, s;
	struct timespec t0, t1;

	if (listen(l, 0))
		err(1, "listen");
	port = local(l).port;
	fd[0] = bound("4", false);
	if (connect_to("4", fd[0], port))
		err(1, "connect");
	connected(local(fd[0]), remote(fd[0]), 0);
	fd[1] = bound("4", false);
	fcntl(fd[1], F_SETFL, O_NONBLOCK);
	clock_gettime(CLOCK_MONOTONIC, &t0);
	if (!connect_to("4", fd[1], port) || errno != EINPROGRESS)
		err(1, "connect to a full queue");
	pause_ms(100);
	s = accept_one(l);
	poll(&(struct pollfd){ .fd = fd[1], .events = POLLOUT }, 1, -1);
	clock_gettime(CLOCK_MONOTONIC, &t1);
	connected(local(fd[1]), remote(fd[1]), 0);
	expect("[\"slow\",%d,%lld]", local(fd[1]).port,
	       (t1.tv_sec - t0.tv_sec) * 1000000000ll + t1.tv_nsec - t0.tv_nsec);
	close(s);
}

/* The queue of connections to accept is full, and stays so. */
static void unanswered(int port)
{
	int l = bound_to("4", true, port), fd[3];
	unsigned int timeout = 300;
	struct address there;

	if (listen(l, 0))
		err(1, "listen");
	fd[0] = bound("4", false);
	if (connect_to("4", fd[0], port))
		err(1, "connect");
	expect("[\"full\",%d]", port);
	for (int i = 1; i < 3; i++) {
		fd[i] = bound("4", false);
		there = local(fd[0]);
		there.port = port;
		lived(local(fd[i]), there, 0, 0, NULL, i == 1 ? "given_up" : "timeout");
		if (i == 2)
			setsockopt(fd[i], IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof(timeout));
		fcntl(fd[i], F_SETFL, O_NONBLOCK);
		if (!connect_to("4", fd[i], port) || errno != EINPROGRESS)
			err(1, "connect to a full queue");
		if (i == 1)
			close(fd[i]);
	}
	poll(&(struct pollfd){ .fd = fd[2], .events = POLLOUT }, 1, -1);
}

static void waiting(long n)
{
	int l = listener("4", 0), port = local(l).port, c[n];
	pid_t pids[n];

	for (long i = 0; i < n; i++)
		if (!(pids[i] = fork())) {
			accept_one(l);
			pause();
			_exit(0);
		}
	pause_ms(300); /* now they wait */
	for (long i = 0; i < n; i++) {
		c[i] = bound("4", false);
		if (connect_to("4", c[i], port))
			err(1, "connect");
	}
	pause_ms(300);
	for (long i = 0; i < n; i++)
		kill(pids[i], SIGTERM);
	while (wait(NULL) > 0)
		;
}

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

static void mptcp(void)
{
	struct sockaddr_in a;
	socklen_t len = make_address("4", true, 0, &a);
	int l = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP),
	    fd = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP), s;

	if (l < 0 || fd < 0 || bind(l, (void *)&a, len) || listen(l, 4) ||
	    connect_to("4", fd, local(l).port))
		err(1, "MPTCP");
	connected(local(fd), remote(fd), 0);
	s = accept_one(l);
	expect("[\"close\",%s]", ends(local(fd), remote(fd)));
	expect("[\"close\",%s]", ends(local(s), remote(s)));
	close(fd);
	close(s);
}

/* Ask the server at S for NAME; it answers with ADDR, of LEN bytes. */
static void ask(int s, const char *name, const void *addr, size_t len)
{
	unsigned char packet[512] = "\x12\x34\1\0\0\1\0\0\0\0\0", *p = packet + 12;
	struct sockaddr_in6 from;
	socklen_t from_len = sizeof(from), server_len = sizeof(from);
	int c = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const char *dot;

	for (; *name; name = *dot ? dot + 1 : dot) {
		dot = strchrnul(name, '.');
		*p++ = dot - name;
		p = mempcpy(p, name, dot - name);
	}
	*p++ = 0;
	p = mempcpy(p, len == 4 ? "\0\1\0\1" : "\0\x1c\0\1", 4);
	getsockname(s, (void *)&from, &server_len);
	if (connect(c, (void *)&from, server_len) || send(c, packet, p - packet, 0) < 0 ||
	    recvfrom(s, packet, sizeof(packet), 0, (void *)&from, &from_len) < 0)
		err(1, "ask");
	packet[2] = 0x81;
	packet[7] = 1;
	p = mempcpy(p, "\xc0\x0c", 2);
	p = mempcpy(p, len == 4 ? "\0\1\0\1\0\0\0\x3c\0\4" : "\0\x1c\0\1\0\0\0\x3c\0\x10", 10);
	p = mempcpy(p, addr, len);
	if (sendto(s, packet, p - packet, 0, (void *)&from, from_len) < 0 ||
	    recv(c, packet, sizeof(packet), 0) < 0)
		err(1, "answer");
	close(c);
}

static void dns(int port)
{
	struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int l = bound_to("6", true, port), l4 = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	inet_pton(AF_INET, "127.0.0.77", &server.sin_addr);
	inet_pton(AF_INET, "127.0.0.99", &to.sin_addr);
	if (bind(s, (void *)&server, sizeof(server)) || listen(l, 9) ||
	    bind(l4, (void *)&to, sizeof(to)) || listen(l4, 9))
		err(1, "dns");
	for (int i = 0; i < 4; i++) {
		if (i == 1)
			ask(s, "db.example.net", &to.sin_addr, 4);
		if (i == 2)
			pause_ms(150);
		if (i == 3) {
			ask(s, "six.example.net", &in6addr_loopback, 16);
			fd = bound("6", false);
			if (connect_to("6", fd, port))
				err(1, "connect");
		} else {
			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
			if (connect(fd, (void *)&to, sizeof(to)))
				err(1, "connect");
		}
		close(fd);
	}
}

/* Drop all that comes. */
static void deaf(int fd)
{
	struct sock_filter drop = { .code = BPF_RET | BPF_K };
	struct sock_fprog filter = { 1, &drop };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)))
		err(1, "SO_ATTACH_FILTER");
}

static void hears(int fd)
{
	int zero = 0;

	setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &zero, sizeof(zero));
}

static void retransmitted(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	settle(fd);
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) || !info.tcpi_total_retrans)
		errx(1, "nothing was retransmitted");
	expect("[\"retransmits\",%s,%u]", ends(local(fd), remote(fd)), info.tcpi_total_retrans);
}

static void lossy(void)
{
	const char *const kinds[] = { "4", "6", "6mapped" };

	prctl(PR_SET_NAME, "a server");
	for (int i = 0; i < 3; i++) {
		int l = listener(kinds[i], 0), port = local(l).port, turn[2], fd, status;
		char c;

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, turn))
			err(1, "socketpair");
		if (!fork()) {
			prctl(PR_SET_NAME, "a client");
			fd = bound(kinds[i], false);
			if (connect_to(kinds[i], fd, port) || read(turn[1], &c, 1) != 1)
				err(1, "connect");
			send_bytes(fd, 100);
			retransmitted(fd);
			deaf(fd);
			if (write(turn[1], "", 1) != 1)
				err(1, "write");
			pause_ms(700);
			hears(fd);
			receive_bytes(fd, 50);
			if (read(turn[1], &c, 1) != 1)
				err(1, "read");
			_exit(0);
		}
		fd = accept_one(l);
		deaf(fd);
		if (write(turn[0], "", 1) != 1)
			err(1, "write");
		pause_ms(700);
		hears(fd);
		receive_bytes(fd, 100);
		if (read(turn[0], &c, 1) != 1)
			err(1, "read");
		send_bytes(fd, 50);
		retransmitted(fd);
		if (write(turn[0], "", 1) != 1 || wait(&status) < 0 || status)
			errx(1, "the client failed");
		close(fd);
		close(l);
		close(turn[0]);
		close(turn[1]);
	}
}

/* N segments from L to R were dropped; OWNED: their socket is ours. */
static void dropped(struct address l, struct address r, bool owned, const char *state,
		    const char *flags, const char *reason, unsigned int n)
{
	expect("[\"drop\",%d,\"%s\",%d,\"%s\",%d,\"%s\",%d,%llu,\"%s\",\"%s\",\"%s\",\"tcp_v%d_"
	       "rcv\",%u]",
	       owned ? getpid() : 0, owned ? comm() : "", r.family, l.ip, l.port, r.ip, r.port,
	       netns(), state, flags, reason, r.family, n);
}

/* A connection is asked for, and given up: one SYN. */
static struct address syn(const char *kind, int port)
{
	int fd = bound(kind, false);
	struct address from = local(fd);

	fcntl(fd, F_SETFL, O_NONBLOCK);
	connect_to(kind, fd, port);
	close(fd);
	return from;
}

static void syn_dropped(const char *kind, int there, bool owned, const char *state,
			const char *reason)
{
	struct address from = syn(kind, local(there).port), to = from;

	to.port = local(there).port;
	dropped(from, to, owned, state, "SYN", reason, 1);
}

static void filtered(const char *kind, int port)
{
	int l = listener(kind, port);

	deaf(l);
	syn_dropped(kind, l, true, "LISTEN", "SOCKET_FILTER");
	close(l);
}

/* No socket listens there. */
static void nobody(const char *kind)
{
	int closed = bound(kind, true);

	syn_dropped(kind, closed, false, "", "NO_SOCKET");
	close(closed);
}

/* Data for a connection; it is sent again until the filter is gone. */
static void filtered_data(const char *kind)
{
	int l = listener(kind, 0), c = bound(kind, false), s;
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	if (connect_to(kind, c, local(l).port))
		err(1, "connect");
	s = accept_one(l);
	deaf(s);
	send_bytes(c, 100);
	while (!getsockopt(c, IPPROTO_TCP, TCP_INFO, &info, &len) && !info.tcpi_total_retrans)
		pause_ms(1);
	hears(s);
	receive_bytes(s, 100);
	settle(c);
	if (getsockopt(c, IPPROTO_TCP, TCP_INFO, &info, &len))
		err(1, "TCP_INFO");
	dropped(local(c), remote(c), true, "ESTABLISHED", "PSH|ACK", "SOCKET_FILTER",
		info.tcpi_total_retrans);
	close(c);
	receive_end(s, 0);
	close(s);
	close(l);
}

/* With a loopback interface of its own. */
static void new_netns(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET))
		err(1, "unshare");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &lo))
		err(1, "lo");
	close(fd);
}

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/*
 * What a connection sees of its congestion state (TCP_CA_*), by asking for it again and again.  Here it never changes
 * twice in so short a time, and back: an answer that is the last one's holds for the time between them.
 */
enum { CA_OPEN, CA_DISORDER, CA_CWR, CA_RECOVERY, CA_LOSS, CA_STATES };
struct watch {
	int fd, state, changes;
	long long before, after; /* the last question */
	long long least[CA_STATES], most[CA_STATES];
};

static void passed(struct watch *w, int state, long long before, long long after)
{
	bool same = state == w->state;

	for (int i = 0; i < CA_STATES; i++) {
		if (!same || i == state)
			w->most[i] += after - w->before;
		if (same && i == state)
			w->least[i] += before - w->after;
	}
	w->changes += state != w->state;
	w->state = state;
	w->before = before;
	w->after = after;
}

static void look(struct watch *w)
{
	long long before = now_ns();
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	if (getsockopt(w->fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		err(1, "TCP_INFO");
	passed(w, info.tcpi_ca_state, before, now_ns());
}

/* Nothing was sent since, so the state has stayed the same.  UNTRACED: perhaps before tracing began. */
static void idle(struct watch *w, bool untraced)
{
	long long now = now_ns();

	w->least[w->state] += untraced ? 0 : now - w->after;
	w->most[w->state] += now - w->before;
	w->before = w->after = now;
}

/* Until it has been in one of these states (a bit each) for so long. */
static void look_until(struct watch *w, unsigned int states, long ms)
{
	long long since = now_ns(), begun = since;

	while (now_ns() - since < ms * 1000000 || !(1 << w->state & states)) {
		int old = w->state;

		look(w);
		nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
		if (w->state != old)
			since = now_ns();
		if (now_ns() - begun > 20000000000)
			errx(1, "it stays in state %d", w->state);
	}
}

static void congested(int n, const char *file)
{
	const char *const kinds[] = { "4", "6", "6mapped" };
	struct watch w[3] = {};
	int l[3], s[3], one = 1, recovery;

	/* Older kernels then take three later segments to be sure that one was lost, and the state is disorder until then. */
	new_netns();
	recovery = open("/proc/sys/net/ipv4/tcp_recovery", O_WRONLY | O_CLOEXEC);
	if (recovery < 0 || write(recovery, "0", 1) != 1)
		err(1, "tcp_recovery");
	close(recovery);
	for (int i = 0; i < n; i++) {
		l[i] = listener(kinds[i], 0);
		w[i].fd = bound(kinds[i], false);
		w[i].before = w[i].after = now_ns();
		if (connect_to(kinds[i], w[i].fd, local(l[i]).port))
			err(1, "connect");
		w[i].after = now_ns();
		s[i] = accept_one(l[i]);
		setsockopt(w[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		look(&w[i]);
		if (file) /* what passed was not traced */
			memset(w[i].least, 0, sizeof(w[i].least));
	}
	expect("[\"connected\"]");
	while (file && access(file, F_OK))
		pause_ms(1);
	for (int i = 0; i < n; i++) {
		struct address here = local(w[i].fd), there = remote(w[i].fd);
		long long closing, gone;

		/* Two segments arrive after one that is lost, then many, then nothing arrives. */
		idle(&w[i], file);
		deaf_to_x(s[i]);
		send_bytes(w[i].fd, 1);
		receive_bytes(s[i], 1);
		send(w[i].fd, "X", 1, 0);
		send(w[i].fd, "Y", 1, 0);
		look_until(&w[i], 1 << CA_DISORDER | 1 << CA_RECOVERY | 1 << CA_LOSS, 5);
		for (int j = 0; j < 10; j++)
			send(w[i].fd, "Y", 1, 0);
		look_until(&w[i], 1 << CA_RECOVERY | 1 << CA_LOSS, 20);
		hears(s[i]);
		look_until(&w[i], 1 << CA_OPEN, 10);
		receive_bytes(s[i], 12);
		deaf(s[i]);
		send_bytes(w[i].fd, 100);
		look_until(&w[i], 1 << CA_LOSS, 50);
		hears(s[i]);
		look_until(&w[i], 1 << CA_OPEN, 10);
		receive_bytes(s[i], 100);
		settle(w[i].fd);
		idle(&w[i], false);
		close(w[i].fd);
		closing = now_ns();
		receive_end(s[i], 0);
		close(s[i]);
		close(l[i]);
		gone = now_ns();
		passed(&w[i], CA_OPEN, closing, gone);
		expect("[\"congested\",%d,\"%s\",%d,\"%s\",%d,%llu,[%lld,%lld,%lld,%lld,%lld],[%"
		       "lld,%lld,%lld,%lld,%lld],%d]",
		       there.family, here.ip, here.port, there.ip, there.port, netns(),
		       w[i].least[0], w[i].least[1], w[i].least[2], w[i].least[3], w[i].least[4],
		       w[i].most[0], w[i].most[1], w[i].most[2], w[i].most[3], w[i].most[4],
		       w[i].changes);
	}
}

static void drops(void)
{
	const char *const kinds[] = { "4", "6", "6mapped" };

	prctl(PR_SET_NAME, "a server");
	for (int i = 0; i < 3; i++) {
		filtered(kinds[i], 0);
		nobody(kinds[i]);
		filtered_data(kinds[i]);
	}
}

static void backlog(void)
{
	const char *const kinds[] = { "4", "6", "6mapped" };

	for (int i = 0; i < 3; i++) {
		int n = 11 + 5 * i, max = 43 + i, l = listener(kinds[i], 0), c[n];
		struct tcp_info info = {};
		socklen_t len = sizeof(info);

		listen(l, max);
		for (int k = 0; k < n; k++) {
			c[k] = bound(kinds[i], false);
			if (connect_to(kinds[i], c[k], local(l).port))
				err(1, "connect");
			/* Of a listener, this is the number of connections to accept. */
			while (!getsockopt(l, IPPROTO_TCP, TCP_INFO, &info, &len) &&
			       info.tcpi_unacked <= (unsigned int)k)
				pause_ms(1);
		}
		expect("[\"backlog\",%d,%d,%d]", max, remote(c[0]).family, n);
		for (int k = 0; k < n; k++)
			close(c[k]);
		close(l);
	}
}

#define ROUNDS 12

/* The server sends a byte, and the answer carries the acknowledgement: one segment each. */
static void rtt(const char *kind, int port)
{
	int l = listener(kind, port), s, status;
	struct tcp_info info = {}, after = {};
	socklen_t len = sizeof(info);
	char list[ROUNDS * 16 + 32] = "", *at = list;
	struct address here, there;

	if (!fork()) {
		int fd = bound(kind, false), no = 0;

		if (connect_to(kind, fd, port))
			err(1, "connect");
		for (int i = 0; i < ROUNDS; i++) {
			/* Do not acknowledge at once. */
			setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &no, sizeof(no));
			receive_bytes(fd, 1);
			pause_ms(i % 4);
			send_bytes(fd, 1);
		}
		receive_bytes(fd, 1);
		close(fd);
		_exit(0);
	}
	s = accept_one(l);
	here = local(s);
	there = remote(s);
	pause_ms(50); /* the client waits */
	for (int i = 0; i <= ROUNDS; i++) {
		if (getsockopt(s, IPPROTO_TCP, TCP_INFO, &info, &len))
			err(1, "TCP_INFO");
		send_bytes(s, 1);
		if (i < ROUNDS)
			receive_bytes(s, 1);
		else
			receive_end(s, 0);
		if (getsockopt(s, IPPROTO_TCP, TCP_INFO, &after, &len))
			err(1, "TCP_INFO");
		/* The client was slow: it acknowledged before it answered, or was asked again. */
		if (after.tcpi_segs_in != info.tcpi_segs_in + 1)
			expect("[\"disturbed\",%u]", after.tcpi_segs_in - info.tcpi_segs_in);
		at += sprintf(at, "%s%u", i ? "," : "", info.tcpi_rtt);
	}
	expect("[\"rtt\",%d,\"%s\",%d,\"%s\",%d,[%s]]", there.family, here.ip, here.port, there.ip,
	       there.port, list);
	close(s);
	close(l);
	if (wait(&status) < 0 || status)
		errx(1, "the client failed");
}

static void in_netns(void)
{
	int fd, l, s, port;

	new_netns();
	l = listener("4", 0);
	port = local(l).port;
	fd = bound("4", false);
	if (connect_to("4", fd, port))
		err(1, "connect");
	connected(local(fd), remote(fd), 0);
	s = accept_one(l);
	lived(local(fd), remote(fd), 0, 0, NULL, "local_close");
	lived(local(s), remote(s), 0, 0, NULL, "remote_close");
	close(fd);
	close(s);
	close(l);
	wait_gone(port);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: tcpconns EXPECTED "
			"ways|many|slow|unanswered|waiting|dns|lossy|mptcp|netns|drops|backlog|"
			"filtered|congested [N "
			"[PORT]]");
	signal(SIGPIPE, SIG_IGN);
	expect_to(argv[1]);
	if (!strcmp(argv[2], "ways"))
		ways();
	else if (!strcmp(argv[2], "many"))
		many(argc > 3 ? atol(argv[3]) : 1000, argc > 4 ? atoi(argv[4]) : 0);
	else if (!strcmp(argv[2], "slow"))
		slow();
	else if (!strcmp(argv[2], "unanswered"))
		unanswered(atoi(argv[3]));
	else if (!strcmp(argv[2], "waiting"))
		waiting(atol(argv[3]));
	else if (!strcmp(argv[2], "dns"))
		dns(atoi(argv[3]));
	else if (!strcmp(argv[2], "lossy"))
		lossy();
	else if (!strcmp(argv[2], "mptcp"))
		mptcp();
	else if (!strcmp(argv[2], "netns"))
		in_netns();
	else if (!strcmp(argv[2], "drops"))
		drops();
	else if (!strcmp(argv[2], "backlog"))
		backlog();
	else if (!strcmp(argv[2], "rtt"))
		for (int i = 0; i < 3; i++)
			rtt((const char *[]){ "4", "6", "6mapped" }[i], atoi(argv[3]) + i);
	else if (!strcmp(argv[2], "filtered"))
		filtered("4", atoi(argv[3]));
	else if (!strcmp(argv[2], "congested"))
		congested(3, argc > 3 ? argv[3] : NULL);
	return 0;
}
