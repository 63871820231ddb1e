// SPDX-License-Identifier: BSD-2-Clause
/*
 * arrivals FILE N MS: receives N packets by TCP and by UDP, each over IPv4 and IPv6, one after the other, and leaves each
 * alone for MS milliseconds before it reads it.  Writes
 *	["PROTOCOL",4|6,LEAST_NS,MOST_NS]
 * for each: how long it can have been since the packet came when it was read.
 */
#include "sockets.h"
#include "work.h"
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void pair(const char *kind, int type, int fds[2])
{
	struct sockaddr_in6 a;
	socklen_t len = make_address(kind, true, 0, &a);
	int on = socket(a.sin6_family, type, 0);

	fds[1] = socket(a.sin6_family, type, 0);
	if (bind(on, (void *)&a, len) || (type == SOCK_STREAM && listen(on, 1)) ||
	    getsockname(on, (void *)&a, &len) || connect(fds[1], (void *)&a, len))
		err(1, "%s", kind);
	fds[0] = type == SOCK_STREAM ? accept(on, NULL, NULL) : on;
	if (fds[0] < 0)
		err(1, "accept");
}

static void receive(const char *protocol, const char *kind, const int fds[2], int ms)
{
	char data[100] = "";
	unsigned long long sent = now(), came, waited;
	struct timespec t = { .tv_nsec = ms * 1000000 };
	struct pollfd p = { .fd = fds[0], .events = POLLIN };

	if (send(fds[1], data, sizeof(data), 0) != sizeof(data) || poll(&p, 1, 10000) != 1 ||
	    recv(fds[0], data, sizeof(data), MSG_PEEK) != sizeof(data))
		err(1, "%s", protocol);
	came = now();
	nanosleep(&t, NULL);
	waited = now() - came;
	/* In two parts, of which the second has the last byte; of a datagram, one read takes all. */
	if (*protocol == 't' && recv(fds[0], data, 10, 0) != 10)
		err(1, "recv");
	if (recv(fds[0], data, sizeof(data), 0) < 90)
		err(1, "recv");
	expect("[\"%s\",%s,%llu,%llu]", protocol, kind, waited, now() - sent);
}

int main(int argc, char **argv)
{
	static const char *const kinds[] = { "4", "6" };
	int tcp[2], udp[2];

	if (argc != 4)
		errx(2, "arrivals FILE N MS");
	expect_to(argv[1]);
	for (int k = 0; k < 2; k++) {
		pair(kinds[k], SOCK_STREAM, tcp);
		pair(kinds[k], SOCK_DGRAM, udp);
		for (int i = 0; i < atoi(argv[2]); i++) {
			receive("tcp", kinds[k], tcp, atoi(argv[3]));
			receive("udp", kinds[k], udp, atoi(argv[3]));
		}
	}
	return 0;
}
