// SPDX-License-Identifier: BSD-2-Clause
/*
 * tcpsockets [EXPECTED]	opens sockets, and prints what the kernel made of those that are TCP
 *
 * Writes what mptcpify must say: [pid,comm,family].
 */
#include "work.h"
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void tcp(int family, int type, int protocol)
{
	int fd = socket(family, type, protocol), is = 0;
	socklen_t len = sizeof(is);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &is, &len))
		err(1, "socket");
	printf("%s\n", is == 262 ? "mptcp" : is == IPPROTO_TCP ? "tcp" : "?");
	close(fd);
	if (expected)
		expect("[%d,\"sockets\",\"%s\"]", getpid(), family == AF_INET6 ? "IPv6" : "IPv4");
}

int main(int argc, char **argv)
{
	int pair[2];

	prctl(PR_SET_NAME, "sockets");
	if (argc == 2)
		expect_to(argv[1]);
	tcp(AF_INET, SOCK_STREAM, 0);
	tcp(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
	tcp(AF_INET6, SOCK_STREAM, 0);
	/* These are others. */
	if (socket(AF_INET, SOCK_DGRAM, 0) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ||
	    socket(AF_INET, SOCK_STREAM, 262) < 0)
		err(1, "socket");
	return 0;
}
