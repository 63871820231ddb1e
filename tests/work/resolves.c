// SPDX-License-Identifier: BSD-2-Clause
/*
 * resolves EXPECTED [fifo=FILE] [TIMES]	looks names up in every way that needs no network
 *
 * Writes [pid,tid,"function","host",failed,error,nanoseconds] for each, where error is a number, or null if the function
 * does not tell.
 * fifo=: waits for a line in that file first.
 *
 * resolves-own EXPECTED is static, and has such functions of its own, as musl has: one jumps to another, one calls another.
 * A lookup of "stuck" is left by longjmp(3), and not written.
 */
#include "work.h"
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int pid;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void address(const char *host, int flags)
{
	struct addrinfo hints = { .ai_flags = flags, .ai_socktype = SOCK_STREAM }, *found;
	long long began = now();
	int e = getaddrinfo(host, NULL, &hints, &found);

	began = now() - began;
	if (!e)
		freeaddrinfo(found);
	expect("[%d,%d,\"getaddrinfo\",\"%s\",%s,%d,%lld]", pid, gettid(), host,
	       e ? "true" : "false", e, began);
}

static void by_name(const char *host)
{
	long long began = now();
	bool found = gethostbyname(host);

	began = now() - began;
	expect("[%d,%d,\"gethostbyname\",\"%s\",%s,null,%lld]", pid, gettid(), host,
	       found ? "false" : "true", began);
}

static void by_name2(const char *host, int family)
{
	long long began = now();
	bool found = gethostbyname2(host, family);

	began = now() - began;
	expect("[%d,%d,\"gethostbyname2\",\"%s\",%s,null,%lld]", pid, gettid(), host,
	       found ? "false" : "true", began);
}

#ifdef OWN
static jmp_buf out;

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
		struct addrinfo **found)
{
	(void)service, (void)hints;
	if (!strcmp(host, "stuck"))
		longjmp(out, 1);
	*found = NULL;
	return gethostbyname2(host, AF_INET) ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *a)
{
	(void)a;
}

__attribute__((noinline)) struct hostent *gethostbyname2(const char *host, int family)
{
	static struct hostent found;

	(void)family;
	if (!strcmp(host, "slow"))
		usleep(20000);
	return strcmp(host, "none") ? &found : NULL;
}

struct hostent *gethostbyname(const char *host)
{
	return gethostbyname2(host, AF_INET);
}

int main(int argc, char **argv)
{
	static const char *const hosts[] = { "slow", "none" };

	if (argc < 2)
		errx(2, "usage: resolves-own EXPECTED");
	expect_to(argv[1]);
	pid = getpid();
	if (!setjmp(out))
		address("stuck", 0);
	for (int i = 0; i < 2; i++) {
		address(hosts[i], 0);
		by_name(hosts[i]);
		by_name2(hosts[i], AF_INET);
	}
	return 0;
}
#else
static void *in_thread(void *host)
{
	address(host, AI_NUMERICHOST);
	return NULL;
}

int main(int argc, char **argv)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE }, *found;
	char longest[300];
	pthread_t t;
	int times = 1;

	if (argc < 2)
		errx(2, "usage: resolves EXPECTED [fifo=FILE] [TIMES]");
	expect_to(argv[1]);
	pid = getpid();
	for (int i = 2; i < argc; i++)
		if (!strncmp(argv[i], "fifo=", 5))
			wait_for_line(argv[i] + 5);
		else
			times = atoi(argv[i]);
	for (int i = 0; i < times; i++) {
		address("127.0.0.1", 0);
		address("no.such.number", AI_NUMERICHOST);
		address("::1", AI_NUMERICHOST);
		address("127.0.0.1", 1 << 30); /* no such flag */
		by_name("192.0.2.7");
		by_name2("192.0.2.8", AF_INET);
		by_name2("2001:db8::1", AF_INET6);
		by_name2("192.0.2.9", 12345); /* no such family */
	}
	/* A name that is no name, as long as one can be, and longer. */
	memset(longest, 'x', sizeof(longest));
	longest[255] = 0;
	address(longest, AI_NUMERICHOST);
	longest[255] = 'x';
	longest[299] = 0;
	address(longest, AI_NUMERICHOST);
	if (pthread_create(&t, NULL, in_thread, "192.0.2.10") || pthread_join(t, NULL))
		errx(1, "pthread_create");
	/* No name: this is not a lookup. */
	if (!getaddrinfo(NULL, "80", &hints, &found))
		freeaddrinfo(found);
	return 0;
}
#endif
