// SPDX-License-Identifier: BSD-2-Clause
/*
 * pickups EXPECTED ways	packets that wait for a program that reads them late, or never, over IPv4, IPv6
 *				and mapped addresses
 * pickups EXPECTED many N	N packets of a byte, read at once
 * pickups EXPECTED pingpong N	N messages of 512 bytes, each read at once
 *
 * Writes what each packet was read by, and how long it waited at least and at most, in ns:
 *	["packet",pid,tid,comm,family,laddr,lport,raddr,rport,netns,bytes,least,most]
 *	["half",...]: the same of one that came when its receiver could not send any more
 *	["unread",number of packets]
 */
#include "sockets.h"
#include "work.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static int sender, reader;
static struct address here, there; /* the reader's ends */
static char data[4096];

/* A packet that waits: when it was sent, and when it was seen to be there. */
struct packet {
	long bytes;
	long long sent, there;
};

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static void wait_for(long bytes)
{
	int waiting = 0;

	while (!ioctl(reader, FIONREAD, &waiting) && waiting < bytes)
		if (waiting < 0)
			err(1, "FIONREAD");
}

static void push(const char *from, long bytes, int flags)
{
	if (send(sender, from, bytes, flags) != bytes)
		err(1, "send");
}

/* WAITING: bytes that are there before. */
static struct packet put(long bytes, long waiting)
{
	struct packet p = { .bytes = bytes, .sent = now() };

	push(data, bytes, 0);
	wait_for(waiting + bytes);
	p.there = now();
	return p;
}

static void was_read(const char *kind, struct packet p, long long begun)
{
	long long least = begun - p.there;

	expect("[\"%s\",%d,%d,\"%s\",%d,\"%s\",%d,\"%s\",%d,%llu,%ld,%lld,%lld]", kind, getpid(),
	       gettid(), comm(), there.family, here.ip, here.port, there.ip, there.port, netns(),
	       p.bytes, least < 0 ? 0 : least, now() - p.sent);
}

static long long get(long bytes, int flags)
{
	char buf[8192];
	long long begun = now();

	if (recv(reader, buf, bytes, flags) != bytes)
		err(1, "recv");
	return begun;
}

static void make_pair(const char *kind)
{
	int l, one = 1;
	struct sockaddr_in6 a;
	socklen_t len = make_address(kind, true, 0, &a);

	l = socket(a.sin6_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l < 0 || bind(l, (void *)&a, len) || listen(l, 8))
		err(1, "listen (%s)", kind);
	len = make_address(kind, false, local(l).port, &a);
	sender = socket(a.sin6_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(sender, (void *)&a, len) || (reader = accept(l, NULL, NULL)) < 0)
		err(1, "connect (%s)", kind);
	setsockopt(sender, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	close(l);
	here = local(reader);
	there = remote(reader);
}

/* It comes with the end of the stream. */
static void with_end(const char *kind)
{
	struct packet p = { .bytes = 77, .sent = now() };
	char c;

	push(data, 77, MSG_MORE);
	shutdown(sender, SHUT_WR);
	wait_for(77);
	p.there = now();
	was_read(kind, p, get(77, 0));
	if (recv(reader, &c, 1, 0))
		err(1, "recv: not the end");
	close(sender);
	close(reader);
}

static void *read_in_thread(void *packet)
{
	prctl(PR_SET_NAME, "another thread");
	was_read("packet", *(struct packet *)packet, get(((struct packet *)packet)->bytes, 0));
	return NULL;
}

/* X is lost, so YY, which comes, can't be read until X is sent again. */
static void out_of_order(void)
{
	struct packet y = { .bytes = 2 }, x = { .bytes = 1 };
	struct tcp_info info = {};
	socklen_t len = sizeof(info);
	long long begun;

	deaf_to_x(reader);
	push("X", 1, 0);
	y.sent = now();
	push("YY", 2, 0);
	/* It is there once the sender knows: by a selective acknowledgement. */
	while (!getsockopt(sender, IPPROTO_TCP, TCP_INFO, &info, &len) && !info.tcpi_sacked)
		pause_ms(1);
	y.there = now();
	pause_ms(10);
	x.sent = now();
	setsockopt(reader, SOL_SOCKET, SO_DETACH_FILTER, &(int){ 0 }, sizeof(int));
	wait_for(3);
	x.there = now();
	begun = get(1, 0);
	was_read("packet", x, begun);
	pause_ms(5);
	begun = get(2, 0);
	was_read("packet", y, begun);
}

static void spliced(void)
{
	struct packet p = put(700, 0);
	long long begun;
	int pipes[2];

	if (pipe(pipes))
		err(1, "pipe");
	pause_ms(8);
	begun = now();
	if (splice(reader, NULL, pipes[1], NULL, 700, 0) != 700)
		err(1, "splice");
	was_read("packet", p, begun);
	close(pipes[0]);
	close(pipes[1]);
}

static void ways(const char *kind)
{
	struct packet p[3];
	long long begun;
	pthread_t thread;
	char c;

	prctl(PR_SET_NAME, "a reader");
	make_pair(kind);
	p[0] = put(100, 0);
	pause_ms(20);
	was_read("packet", p[0], get(100, 0));
	/* Several at once; a peek reads nothing. */
	p[0] = put(10, 0);
	pause_ms(4);
	p[1] = put(20, 10);
	pause_ms(4);
	p[2] = put(30, 30);
	get(60, MSG_PEEK);
	pause_ms(15);
	begun = get(60, 0);
	for (int i = 0; i < 3; i++)
		was_read("packet", p[i], begun);
	/* In two steps: it was read with the second. */
	p[0] = put(1000, 0);
	get(400, 0);
	pause_ms(12);
	was_read("packet", p[0], get(600, 0));
	/* A step that ends within the second packet. */
	p[0] = put(50, 0);
	p[1] = put(60, 50);
	was_read("packet", p[0], get(55, 0));
	pause_ms(6);
	was_read("packet", p[1], get(55, 0));
	out_of_order();
	spliced();
	p[0] = put(333, 0);
	pthread_create(&thread, NULL, read_in_thread, &p[0]);
	pthread_join(thread, NULL);
	/* Its receiver has said that it sends nothing more. */
	shutdown(reader, SHUT_WR);
	if (recv(sender, &c, 1, 0))
		err(1, "shutdown");
	p[0] = put(44, 0);
	pause_ms(3);
	was_read("half", p[0], get(44, 0));
	with_end("half");
	make_pair(kind);
	with_end("packet");
	/* Never read. */
	make_pair(kind);
	put(5, 0);
	put(6, 5);
	close(reader);
	if (recv(sender, &c, 1, 0) != -1)
		err(1, "recv: not reset");
	close(sender);
}

static void many(long n)
{
	struct packet p[n];
	long long begun;

	prctl(PR_SET_NAME, "a reader");
	make_pair("4");
	for (long i = 0; i < n; i++)
		p[i] = put(1, i);
	begun = get(n, MSG_WAITALL);
	for (long i = 0; i < n; i++)
		was_read("packet", p[i], begun);
}

static void pingpong(long n)
{
	struct packet p;

	make_pair("4");
	for (long i = 0; i < n; i++) {
		p = put(512, 0);
		was_read("packet", p, get(512, 0));
	}
}

int main(int argc, char **argv)
{
	static const char *const kinds[] = { "4", "6", "6mapped", "4mapped" };

	if (argc < 3)
		errx(2, "usage: pickups EXPECTED ways|many|pingpong [N]");
	expect_to(argv[1]);
	if (!strcmp(argv[2], "many"))
		many(atol(argv[3]));
	else if (!strcmp(argv[2], "pingpong"))
		pingpong(atol(argv[3]));
	else
		for (int i = 0; i < 4; i++)
			ways(kinds[i]);
	if (!strcmp(argv[2], "ways"))
		expect("[\"unread\",8]");
	return 0;
}
