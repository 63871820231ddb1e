// SPDX-License-Identifier: BSD-2-Clause
/*
 * questions EXPECTED all	asks DNS servers of its own, in a network namespace of its own, which answer as the name says
 * questions EXPECTED wait S	asks once, and waits S seconds for an answer that never comes
 * questions EXPECTED many N	N questions, each answered at once
 *
 * Writes each question and its answer, in the order of the answers, and how long it took at least and at most, in ns:
 *	[pid,tid,comm,server,port,protocol,type,name,result,tries,truncated,[addresses],netns,least,most]
 */
#include "sockets.h"
#include "work.h"
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS 1000000ll

enum { A = 1, NS = 2, TXT = 16, AAAA = 28 };

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * MS }, NULL);
}

/* A question, in MESSAGE.  Returns its length. */
static int make_question(unsigned char *message, int id, int type, const char *name)
{
	unsigned char *p = message;

	memcpy(p, (unsigned char[]){ id >> 8, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 }, 12);
	for (p += 12; *name && strcmp(name, "."); name += *name == '.') {
		size_t len = strcspn(name, ".");

		*p++ = len;
		memcpy(p, name, len);
		p += len;
		name += len;
	}
	memcpy(p, (unsigned char[]){ 0, type >> 8, type, 0, 1 }, 5);
	return p + 5 - message;
}

/*
 * Make the question M of N bytes its answer.  The first letter of the name and the number after it say which:
 * a: so many IPv4 addresses, q: an alias and so many IPv6 addresses, r: this rcode, t: truncated, d: after so many ms.
 */
static int make_answer(unsigned char *m, int n)
{
	int kind = m[12] ? m[13] : 'r', number = m[12] ? atoi((char *)m + 14) : 0, count = 0;
	unsigned char *p = m + n;

	m[2] = 0x81;
	m[3] = 0x80;
	if (kind == 'r')
		m[3] |= number;
	if (kind == 't')
		m[2] |= 2;
	if (kind == 'd')
		pause_ms(number);
	if (kind == 'q') {
		memcpy(p,
		       (unsigned char[]){ 0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 4, 1, 'x', 0xc0,
					  12 },
		       16);
		p += 16;
		for (count = 0; count < number; count++, p += 28) {
			memcpy(p, (unsigned char[]){ 0xc0, 12, 0, AAAA, 0, 1, 0, 0, 0, 9, 0, 16 },
			       12);
			memset(p + 12, 0, 16);
			memcpy(p + 12, (unsigned char[]){ 0x20, 1, 0x0d, 0xb8 }, 4);
			p[27] = count + 1;
		}
		count++;
	}
	for (; (kind == 'a' && count < number) || (kind == 'd' && !count); count++, p += 16)
		memcpy(p,
		       (unsigned char[]){ 0xc0, 12, 0, A, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2,
					  count + 1 },
		       16);
	m[7] = count;
	return p - m;
}

static int server_socket(const char *kind, int type)
{
	struct sockaddr_in6 a;
	socklen_t len = make_address(kind, true, 53, &a);
	int fd = socket(a.sin6_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (void *)&a, len) || (type == SOCK_STREAM && listen(fd, 8)))
		err(1, "port 53");
	return fd;
}

static void answer_udp(int fd)
{
	unsigned char m[4096], held[4096];
	struct sockaddr_storage from, held_from;
	int n, n_held = 0, seen = 0;
	socklen_t len;

	prctl(PR_SET_NAME, "a server");
	for (;;) {
		len = sizeof(from);
		n = recvfrom(fd, m, sizeof(m) / 2, 0, (void *)&from, &len);
		if (n < 13)
			_exit(0);
		if (m[12] && m[13] == 's')
			continue;
		/* e: only the second time. */
		if (m[12] && m[13] == 'e' && !seen++)
			continue;
		/* h: after the next one. */
		if (m[12] && m[13] == 'h') {
			memcpy(held, m, n);
			held_from = from;
			n_held = n;
			continue;
		}
		n = make_answer(m, n);
		if (sendto(fd, m, n, 0, (void *)&from, len) != n)
			err(1, "answer");
		if (n_held) {
			n = make_answer(held, n_held);
			sendto(fd, held, n, 0, (void *)&held_from, len);
			n_held = 0;
		}
	}
}

static void receive_all(int fd, unsigned char *to, int n)
{
	if (recv(fd, to, n, MSG_WAITALL) != n)
		err(1, "recv");
}

static void answer_tcp(int l)
{
	unsigned char m[4096];
	int fd, n;

	prctl(PR_SET_NAME, "a server");
	while ((fd = accept(l, NULL, NULL)) >= 0) {
		receive_all(fd, m, 2);
		n = m[0] << 8 | m[1];
		receive_all(fd, m + 2, n);
		n = make_answer(m + 2, n);
		m[0] = n >> 8;
		m[1] = n;
		if (send(fd, m, n + 2, 0) != n + 2)
			err(1, "answer");
		close(fd);
	}
	_exit(0);
}

static int client(const char *kind, int type)
{
	struct sockaddr_in6 a;
	socklen_t len = make_address(kind, false, 53, &a);
	int fd = socket(a.sin6_family, type | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || connect(fd, (void *)&a, len))
		err(1, "connect");
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static const char *type_name(int type)
{
	return type == A      ? "A"
	       : type == NS   ? "NS"
	       : type == TXT  ? "TXT"
	       : type == AAAA ? "AAAA"
			      : "TYPE999";
}

struct question {
	int type, tries;
	const char *server, *protocol, *name, *result;
	long long sent, least;
	bool truncated;
};

static void got(struct question q, long long at)
{
	char addresses[4096] = "";
	int number = atoi(q.name + 1),
	    all = *q.name == 'a' || *q.name == 'q' ? number : *q.name == 'd';

	for (int i = 0; i < all; i++)
		sprintf(addresses + strlen(addresses), "%s\"%s%d\"", i ? "," : "",
			*q.name == 'q' ? "2001:db8::" : "192.0.2.", i + 1);
	expect("[%d,%d,\"%s\",\"%s\",53,\"%s\",\"%s\",\"%s\",\"%s\",%d,%s,[%s],%llu,%lld,%lld]",
	       getpid(), gettid(), comm(), q.server, q.protocol, type_name(q.type), q.name,
	       q.result, q.tries ?: 1, q.truncated ? "true" : "false", addresses, netns(), q.least,
	       at - q.sent);
}

static void ask(int fd, int id, struct question *q)
{
	unsigned char m[512];
	int n = make_question(m, id, q->type, q->name);

	if (!q->sent)
		q->sent = now();
	if (send(fd, m, n, 0) != n)
		err(1, "send");
}

static void hear(int fd)
{
	unsigned char m[4096];

	if (recv(fd, m, sizeof(m), 0) < 12)
		err(1, "recv");
}

static void one(const char *kind, struct question q)
{
	int fd = client(kind, SOCK_DGRAM);

	q.server = strcmp(kind, "6") ? "127.0.0.1" : "::1";
	q.protocol = "UDP";
	ask(fd, getpid() & 0xffff, &q);
	hear(fd);
	got(q, now());
	close(fd);
}

static void by_tcp(const char *kind, bool apart, struct question q)
{
	unsigned char m[4096];
	int fd = client(kind, SOCK_STREAM), n = make_question(m + 2, 77, q.type, q.name);

	q.server = strcmp(kind, "6") ? "127.0.0.1" : "::1";
	q.protocol = "TCP";
	m[0] = n >> 8;
	m[1] = n;
	q.sent = now();
	if (apart ? send(fd, m, 2, 0) != 2 || send(fd, m + 2, n, 0) != n
		  : send(fd, m, n + 2, 0) != n + 2)
		err(1, "send");
	receive_all(fd, m, 2);
	receive_all(fd, m + 2, m[0] << 8 | m[1]);
	got(q, now());
	close(fd);
}

static void *ask_in_thread(void *arg)
{
	(void)arg;
	prctl(PR_SET_NAME, "another thread");
	one("4", (struct question){ A, .name = "a1.thread.test", .result = "NOERROR" });
	return NULL;
}

static void all(void)
{
	struct question held = { A, .server = "127.0.0.1", .protocol = "UDP", .name = "h.test",
				 .result = "NOERROR" };
	struct question next = { TXT, .server = "127.0.0.1", .protocol = "UDP", .name = "r0.test",
				 .result = "NOERROR" };
	struct question again = { .type = A,
				  .tries = 2,
				  .server = "127.0.0.1",
				  .protocol = "UDP",
				  .name = "e.test",
				  .result = "NOERROR" };
	long long begun;
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(53) };
	unsigned char m[512];
	pthread_t thread;
	int fd, n, mute;

	one("4", (struct question){ A, .name = "a2.example.test", .result = "NOERROR" });
	one("6", (struct question){ AAAA, .name = "q3.example.test", .result = "NOERROR" });
	one("6mapped", (struct question){ AAAA, .name = "q1.Example.TEST", .result = "NOERROR" });
	one("4", (struct question){ A, .name = "r3.no-such.test", .result = "NXDOMAIN" });
	one("6", (struct question){ 999, .name = "r2.test", .result = "SERVFAIL" });
	one("4", (struct question){ A, .name = "r11.test", .result = "RCODE11" });
	one("4", (struct question){ NS, .name = ".", .result = "NOERROR" });
	one("4",
	    (struct question){ TXT, .name = "t.test", .result = "NOERROR", .truncated = true });
	one("4", (struct question){ A, .name = "d60.test", .result = "NOERROR", .least = 60 * MS });
	one("4", (struct question){ A, .name = "a70.test", .result = "NOERROR" });
	pthread_create(&thread, NULL, ask_in_thread, NULL);
	pthread_join(thread, NULL);
	by_tcp("4", false, (struct question){ A, .name = "a3.tcp.test", .result = "NOERROR" });
	by_tcp("6", true, (struct question){ AAAA, .name = "q2.tcp.test", .result = "NOERROR" });
	/* Two by one socket, answered in the other order. */
	fd = client("4", SOCK_DGRAM);
	ask(fd, 1, &held);
	ask(fd, 2, &next);
	hear(fd);
	got(next, now());
	hear(fd);
	got(held, now());
	/* Asked twice, answered once. */
	ask(fd, 3, &again);
	ask(fd, 3, &again);
	hear(fd);
	got(again, now());
	close(fd);
	/* Two servers at once, of which one is mute. */
	inet_pton(AF_INET, "127.0.0.2", &to.sin_addr);
	mute = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (bind(mute, (void *)&to, sizeof(to)))
		err(1, "port 53");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	n = make_question(m, 4, AAAA, "a2.both.test");
	begun = now();
	if (sendto(fd, m, n, 0, (void *)&to, sizeof(to)) != n)
		err(1, "sendto");
	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	if (sendto(fd, m, n, 0, (void *)&to, sizeof(to)) != n)
		err(1, "sendto");
	hear(fd);
	got((struct question){ .type = AAAA,
			       .server = "127.0.0.1",
			       .protocol = "UDP",
			       .name = "a2.both.test",
			       .result = "NOERROR",
			       .sent = begun },
	    now());
	expect("[%d,%d,\"%s\",\"127.0.0.2\",53,\"UDP\",\"AAAA\",\"a2.both.test\",\"UNANSWERED\",1,"
	       "false,[],%llu,null,null]",
	       getpid(), gettid(), comm(), netns());
}

static pid_t serve(void (*f)(int), int fd)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		f(fd);
	}
	close(fd);
	return pid;
}

int main(int argc, char **argv)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	struct question silent = { A, .name = "s.test" };
	pid_t servers[4];
	int fd;

	if (argc < 3)
		errx(2, "usage: questions EXPECTED all|wait|many [N]");
	expect_to(argv[1]);
	if (unshare(CLONE_NEWNET))
		err(1, "unshare");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &lo))
		err(1, "lo");
	close(fd);
	servers[0] = serve(answer_udp, server_socket("4", SOCK_DGRAM));
	servers[1] = serve(answer_udp, server_socket("6", SOCK_DGRAM));
	servers[2] = serve(answer_tcp, server_socket("4", SOCK_STREAM));
	servers[3] = serve(answer_tcp, server_socket("6", SOCK_STREAM));
	prctl(PR_SET_NAME, "a resolver");
	if (!strcmp(argv[2], "all"))
		all();
	for (long n = strcmp(argv[2], "many") ? 0 : atol(argv[3]); n; n--)
		one("4", (struct question){ A, .name = "a1.test", .result = "NOERROR" });
	if (!strcmp(argv[2], "wait")) {
		ask(client("4", SOCK_DGRAM), 1, &silent);
		pause_ms(atol(argv[3]) * 1000);
	}
	for (int i = 0; i < 4; i++) {
		kill(servers[i], SIGKILL);
		waitpid(servers[i], NULL, 0);
	}
	return 0;
}
