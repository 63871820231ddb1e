// SPDX-License-Identifier: BSD-2-Clause
/*
 * tlscalls EXPECTED [fifo=FILE] [TIMES]	calls functions of its own that are called as those of TLS libraries
 *
 * Writes [pid,tid,"call",bytes,"data in hexadecimal"] for each that moves data, when it returns.
 * fifo=: waits for a line in that file first.
 */
#include "work.h"
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define LIBRARY __attribute__((noinline))
/* No compiler leaves a call of this out. */
#define EFFECT asm volatile("" ::: "memory")

static int pid;
static char shown[140001];

static void moved(const char *call, const void *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sprintf(shown + 2 * i, "%02x", ((const uint8_t *)data)[i]);
	shown[2 * n] = 0;
	expect("[%d,%d,\"%s\",%zu,\"%s\"]", pid, gettid(), call, n, shown);
}

/* ---- libraries ---- */

/* A connection, perhaps through another one, as to a proxy. */
struct connection {
	struct connection *through;
	const char *waiting;
	size_t n;
};

LIBRARY int SSL_read(struct connection *c, void *to, int n)
{
	EFFECT;
	if (!c->n)
		return -1;
	n = (size_t)n < c->n ? (size_t)n : c->n;
	memcpy(to, c->waiting, n);
	return n;
}

LIBRARY int SSL_write(struct connection *c, const void *from, int n)
{
	char sealed[64];

	EFFECT;
	if (c->through) {
		memset(sealed, 0x17, sizeof(sealed));
		SSL_write(c->through, sealed, sizeof(sealed));
		moved("WRITE/SEND", sealed, sizeof(sealed));
	}
	return from ? n : -1;
}

/* As in OpenSSL, these do the same by themselves, ... */
LIBRARY int SSL_write_ex(struct connection *c, const void *from, size_t n, size_t *written)
{
	EFFECT;
	*written = from && c ? n : 0;
	return !!from;
}

/* ... and as in LibreSSL, they call the others. */
LIBRARY int SSL_read_ex(struct connection *c, void *to, size_t n, size_t *got)
{
	int have = SSL_read(c, to, n);

	*got = have > 0 ? have : 0;
	return have > 0;
}

LIBRARY int SSL_do_handshake(struct connection *c)
{
	EFFECT;
	return c->n ? 1 : -1;
}

LIBRARY ssize_t gnutls_record_recv(struct connection *c, void *to, size_t n)
{
	n = n < c->n ? n : c->n;
	memcpy(to, c->waiting, n);
	return n ? (ssize_t)n : -28;
}

LIBRARY ssize_t gnutls_record_send(struct connection *c, const void *from, size_t n)
{
	EFFECT;
	return from && c ? (ssize_t)n : -10;
}

LIBRARY int PR_Read(struct connection *c, void *to, int n)
{
	n = (size_t)n < c->n ? (size_t)n : c->n;
	memcpy(to, c->waiting, n);
	return n;
}

LIBRARY int PR_Recv(struct connection *c, void *to, int n, int flags, unsigned int timeout)
{
	(void)flags, (void)timeout;
	n = (size_t)n < c->n ? (size_t)n : c->n;
	memcpy(to, c->waiting, n);
	return n;
}

LIBRARY int PR_Write(struct connection *c, const void *from, int n)
{
	EFFECT;
	return from && c ? n : -1;
}

LIBRARY int PR_Send(struct connection *c, const void *from, int n, int flags, unsigned int timeout)
{
	(void)flags, (void)timeout;
	return from && c ? n : -1;
}

/* ---- calls ---- */

static void read_in_all_ways(struct connection *c)
{
	static char to[70000];
	size_t n;

	for (int how = 0; how < 5; how++) {
		memset(to, 0, c->n);
		n = how == 0   ? SSL_read(c, to, sizeof(to))
		    : how == 2 ? gnutls_record_recv(c, to, sizeof(to))
		    : how == 3 ? PR_Read(c, to, sizeof(to))
		    : how == 4 ? PR_Recv(c, to, sizeof(to), 0, 0)
			       : 0;
		if (how == 1)
			SSL_read_ex(c, to, sizeof(to), &n);
		moved("READ/RECV", to, n);
	}
}

static void write_in_all_ways(struct connection *c, const char *s, size_t n)
{
	size_t done;

	for (int how = 0; how < 5; how++) {
		done = how == 0   ? SSL_write(c, s, n)
		       : how == 2 ? gnutls_record_send(c, s, n)
		       : how == 3 ? PR_Write(c, s, n)
		       : how == 4 ? PR_Send(c, s, n, 0, 0)
				  : 0;
		if (how == 1)
			SSL_write_ex(c, s, n, &done);
		moved("WRITE/SEND", s, done);
	}
}

static void fail(void)
{
	struct connection none = { 0 };
	char to[16];
	size_t n;

	SSL_read(&none, to, sizeof(to));
	SSL_read_ex(&none, to, sizeof(to), &n);
	SSL_write(&none, NULL, 5);
	SSL_write_ex(&none, NULL, 5, &n);
	gnutls_record_recv(&none, to, sizeof(to));
	gnutls_record_send(&none, NULL, 5);
	PR_Read(&none, to, sizeof(to));
	PR_Write(&none, NULL, 5);
	SSL_do_handshake(&none);
}

static void *in_thread(void *c)
{
	static const char s[] = "from a thread";

	SSL_write(c, s, sizeof(s) - 1);
	moved("WRITE/SEND", s, sizeof(s) - 1);
	return NULL;
}

int main(int argc, char **argv)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: \xc3\xa9xample\r\n\r\n",
			  binary[] = "\xff\xfe\0\x1b[31m \xe2\x80\xae\n.";
	static char large[70000];
	/* At the sizes of the tool's buffers, and beside them. */
	static const size_t sizes[] = { 1,    255,   256,   257,   2047,  2048,  2049,  8191, 8192,
					8193, 16383, 16384, 16385, 65535, 65536, 65537, 70000 };
	struct connection c = { .waiting = request, .n = sizeof(request) - 1 },
			  inner = { .through = &c };
	int times = 1;
	pthread_t t;

	if (argc < 2)
		errx(2, "usage: tlscalls EXPECTED [fifo=FILE] [TIMES]");
	expect_to(argv[1]);
	pid = getpid();
	for (int i = 2; i < argc; i++)
		if (!strncmp(argv[i], "fifo=", 5))
			wait_for_line(argv[i] + 5);
		else
			times = atoi(argv[i]);
	SSL_do_handshake(&c);
	for (int i = 0; i < times; i++) {
		read_in_all_ways(&c);
		write_in_all_ways(&c, request, sizeof(request) - 1);
		write_in_all_ways(&c, binary, sizeof(binary) - 1);
		fail();
	}
	SSL_write(&inner, "to a proxy", 10);
	moved("WRITE/SEND", "to a proxy", 10);
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = 'a' + i % 26;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		SSL_write(&c, large, sizes[i]);
		moved("WRITE/SEND", large, sizes[i]);
	}
	if (pthread_create(&t, NULL, in_thread, &c) || pthread_join(t, NULL))
		errx(1, "pthread_create");
	return 0;
}
