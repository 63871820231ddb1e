// SPDX-License-Identifier: BSD-2-Clause
/*
 * binds EXPECTED ways	each way to bind a socket and to listen, over IPv4, IPv6 and mapped addresses, and each way to fail
 * binds EXPECTED many N [PORT]	N sockets that are bound and listen, from two processors at once, to PORT and PORT + 1
 * binds EXPECTED options	each option of a socket that tells how it is bound
 * binds EXPECTED mptcp	a socket of Multipath TCP
 * binds EXPECTED uring	by io_uring; status 77: this kernel can't
 * binds EXPECTED netns	in a network namespace of its own
 *
 * Writes what it did:
 *	["bind",pid,comm,uid,protocol,family,addr,port,netns,options,interface,errno]
 *	["listen",pid,comm,protocol,family,addr,port,netns,backlog,errno]
 * Addresses are shown as IPv4 if they are mapped.  If a call failed, those of a bind are what the program asked for.
 */
#include "rare.h"
#include "sockets.h"
#include "work.h"
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

static const char *const kinds[] = { "4", "6", "6mapped", "any4", "any6" };
static const char *options = ".....";
static int interface, somaxconn;
static bool by_uring;

static socklen_t kind_address(const char *kind, int port, void *to)
{
	struct sockaddr_in6 *a6 = to;
	struct sockaddr_in *a4 = to;

	if (!strcmp(kind, "any6")) {
		*a6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(port) };
		return sizeof(*a6);
	}
	if (!strcmp(kind, "any4")) {
		*a4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
		return sizeof(*a4);
	}
	return make_address(kind, true, port, to);
}

static const char *protocol(int fd)
{
	int is = 0;
	socklen_t len = sizeof(is);

	getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &is, &len);
	return is == IPPROTO_TCP    ? "TCP"
	       : is == IPPROTO_UDP  ? "UDP"
	       : is == IPPROTO_ICMP ? "ICMP"
	       : is == 262          ? "MPTCP"
				    : "?";
}

static void note_bind(int fd, struct address a, int error)
{
	expect("[\"bind\",%d,\"%s\",%d,\"%s\",%d,\"%s\",%d,%llu,\"%s\",%d,%d]", getpid(), comm(),
	       getuid(), protocol(fd), a.family, a.ip, a.port, netns(), options, interface, error);
}

/* Bind to this address; it must give this error, or 0. */
static void do_bind(int fd, const void *to, socklen_t len, int error)
{
	struct io_uring_sqe op = {
		.opcode = 56, .fd = fd, .addr = (unsigned long)to, .addr2 = len
	};
	int ret = by_uring ? uring_do(&op) : bind(fd, to, len), e = ret ? errno : 0;

	if (by_uring && e == EINVAL)
		exit(77);
	if (e != error)
		errx(1, "bind: %s instead of %s", strerror(e), strerror(error));
	note_bind(fd, e ? address_of(to) : local(fd), e);
}

static void do_listen(int fd, int backlog, int error)
{
	struct io_uring_sqe op = { .opcode = 57, .fd = fd, .len = backlog };
	int ret = by_uring ? uring_do(&op) : listen(fd, backlog), e = ret ? errno : 0;
	struct address a = local(fd);

	if (e != error)
		errx(1, "listen: %s instead of %s", strerror(e), strerror(error));
	if ((unsigned int)backlog > (unsigned int)somaxconn)
		backlog = somaxconn;
	expect("[\"listen\",%d,\"%s\",\"%s\",%d,\"%s\",%d,%llu,%d,%d]", getpid(), comm(),
	       protocol(fd), a.family, a.ip, a.port, netns(), backlog, e);
}

static int new_socket(int family, int type, int proto)
{
	int fd = socket(family, type | SOCK_CLOEXEC, proto);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

static int bound(const char *kind, int type, int port)
{
	struct sockaddr_in6 a;
	socklen_t len = kind_address(kind, port, &a);
	int fd = new_socket(a.sin6_family, type, 0);

	do_bind(fd, &a, len, 0);
	return fd;
}

static void set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		err(1, "setsockopt %d %d", level, name);
}

static void failures(const char *kind)
{
	struct sockaddr_in6 a;
	socklen_t len = kind_address(kind, 0, &a);
	int fd = bound(kind, SOCK_STREAM, 0), other = new_socket(a.sin6_family, SOCK_STREAM, 0);
	int port = local(fd).port;

	do_listen(fd, 5, 0);
	kind_address(kind, port, &a);
	do_bind(other, &a, len, EADDRINUSE);
	do_bind(fd, &a, len, EINVAL); /* it has an address already */
	close(other);
	/* Two sockets can share an address until one of them listens. */
	options = "...R.";
	close(fd);
	fd = new_socket(a.sin6_family, SOCK_STREAM, 0);
	other = new_socket(a.sin6_family, SOCK_STREAM, 0);
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	set(other, SOL_SOCKET, SO_REUSEADDR, 1);
	kind_address(kind, 0, &a);
	do_bind(fd, &a, len, 0);
	kind_address(kind, local(fd).port, &a);
	do_bind(other, &a, len, 0);
	do_listen(fd, 5, 0);
	do_listen(other, 5, EADDRINUSE);
	/* A socket that is connected. */
	options = ".....";
	close(other);
	other = new_socket(a.sin6_family, SOCK_STREAM, 0);
	if (connect(other, (void *)&a, len))
		err(1, "connect");
	do_listen(other, 5, EINVAL);
	close(other);
	close(fd);
}

/* Calls that fail before the kernel looks at the address. */
static void bad_addresses(void)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in elsewhere = { .sin_family = AF_INET, .sin_port = htons(17091) };
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0), status;

	inet_pton(AF_INET, "198.51.100.9", &elsewhere.sin_addr);
	inet_pton(AF_INET6, "2001:db8::9", &six.sin6_addr);
	six.sin6_port = htons(17092);
	do_bind(fd, &elsewhere, sizeof(elsewhere), EADDRNOTAVAIL);
	do_bind(fd, &six, sizeof(six), EAFNOSUPPORT);
	/* Too short: there is no address that it could be. */
	if (!bind(fd, (void *)&elsewhere, 4) || errno != EINVAL)
		err(1, "bind to a short address");
	note_bind(fd, local(fd), EINVAL);
	close(fd);
	if (!fork()) {
		struct sockaddr_in low = { .sin_family = AF_INET, .sin_port = htons(81) };

		if (setuid(65534))
			err(1, "setuid");
		do_bind(new_socket(AF_INET, SOCK_STREAM, 0), &low, sizeof(low), EACCES);
		_exit(0);
	}
	if (wait(&status) < 0 || status)
		errx(1, "the other user's bind failed otherwise");
}

static void ways(void)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	int fd;

	for (int i = 0; i < 5; i++) {
		close(bound(kinds[i], SOCK_DGRAM, 0));
		failures(kinds[i]);
	}
	bad_addresses();
	/* Without a bind the kernel chooses a port; a second call changes the backlog. */
	fd = new_socket(AF_INET6, SOCK_STREAM, 0);
	do_listen(fd, 0, 0);
	do_listen(fd, 1 << 30, 0);
	do_listen(fd, -1, 0);
	close(fd);
	/* The kernel lets raw sockets share addresses, and gives them their protocol as the port. */
	fd = new_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	options = "...R.";
	do_bind(fd, &any, sizeof(any), 0);
	close(fd);
}

static void with_options(void)
{
	const struct {
		int level, name;
		const char *letters;
	} each[] = { { SOL_IP, 15, "F...." }, /* IP_FREEBIND */
		     { SOL_IP, 19, ".T..." }, /* IP_TRANSPARENT */
		     { SOL_IP, 24, "..N.." }, /* IP_BIND_ADDRESS_NO_PORT */
		     { SOL_SOCKET, SO_REUSEADDR, "...R." },
		     { SOL_SOCKET, SO_REUSEPORT, "....r" } };

	for (int i = 0; i < 6; i++) {
		struct sockaddr_in6 a;
		socklen_t len = kind_address(i % 2 ? "6" : "4", 0, &a);
		int fd = new_socket(a.sin6_family, SOCK_STREAM, 0);

		options = i < 5 ? each[i].letters : "FTNRr";
		for (int j = 0; j < 5; j++)
			if (j == i || i == 5)
				set(fd, each[j].level, each[j].name, 1);
		do_bind(fd, &a, len, 0);
		close(fd);
	}
	options = ".....";
	interface = if_nametoindex("lo");
	for (int i = 0; i < 2; i++) {
		struct sockaddr_in6 a;
		socklen_t len = kind_address(i ? "6" : "4", 0, &a);
		int fd = new_socket(a.sin6_family, SOCK_DGRAM, 0);

		if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3))
			err(1, "SO_BINDTODEVICE");
		do_bind(fd, &a, len, 0);
		close(fd);
	}
	interface = 0;
}

static void many(long n, int port)
{
	for (int cpu = 0; cpu < 2; cpu++)
		if (!fork()) {
			cpu_set_t one;

			CPU_ZERO(&one);
			CPU_SET(cpu, &one);
			sched_setaffinity(0, sizeof(one),
					  &one); /* where there is such a processor */
			for (long i = 0; i < n / 2; i++) {
				int fd = bound(cpu ? "6" : "4", SOCK_STREAM, port ? port + cpu : 0);

				do_listen(fd, i % 100, 0);
				close(fd);
			}
			_exit(0);
		}
	for (int i = 0, status; i < 2; i++)
		if (wait(&status) < 0 || status)
			errx(1, "a half failed");
}

static void mptcp(void)
{
	for (int i = 0; i < 5; i++) {
		struct sockaddr_in6 a;
		socklen_t len = kind_address(kinds[i], 0, &a);
		int fd = new_socket(a.sin6_family, SOCK_STREAM, 262);

		do_bind(fd, &a, len, 0);
		do_listen(fd, 7, 0);
		close(fd);
	}
}

static void uring(void)
{
	int fd;

	by_uring = true;
	fd = bound("4", SOCK_STREAM, 0);
	do_listen(fd, 9, 0);
	close(fd);
}

static void in_netns(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	if (unshare(CLONE_NEWNET))
		err(1, "unshare");
	fd = new_socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &lo))
		err(1, "lo");
	fd = bound("4", SOCK_STREAM, 0);
	do_listen(fd, 3, 0);
}

int main(int argc, char **argv)
{
	FILE *f = fopen("/proc/sys/net/core/somaxconn", "re");

	if (argc < 3)
		errx(2, "usage: binds EXPECTED ways|many|options|mptcp|uring|netns [N [PORT]]");
	if (!f || fscanf(f, "%d", &somaxconn) != 1)
		errx(1, "somaxconn");
	fclose(f);
	expect_to(argv[1]);
	prctl(PR_SET_NAME, "a binder");
	if (!strcmp(argv[2], "ways"))
		ways();
	else if (!strcmp(argv[2], "many"))
		many(argc > 3 ? atol(argv[3]) : 1000, argc > 4 ? atoi(argv[4]) : 0);
	else if (!strcmp(argv[2], "options"))
		with_options();
	else if (!strcmp(argv[2], "mptcp"))
		mptcp();
	else if (!strcmp(argv[2], "uring"))
		uring();
	else if (!strcmp(argv[2], "netns"))
		in_netns();
	return 0;
}
