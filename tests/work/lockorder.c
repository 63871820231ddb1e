// SPDX-License-Identifier: BSD-2-Clause
/*
 * lockorder EXPECTED N [FIFO]	N threads, one after the other, once the FIFO has been read.  Thread i takes mutex i, and then
 *				mutex i+1; the last one's second is mutex 0, so there is a cycle of N
 * lockorder EXPECTED -N		the same without the cycle: the last one takes mutex 0 first
 * lockorder EXPECTED recursive	what looks like a cycle of two: a mutex that the thread has already, one that it only tries to
 *				take, and one that it gave back before
 * lockorder EXPECTED many	a thread that takes 20 mutexes, and gives them back
 *
 * Writes [mutex,tid] for each thread, with the address of its first mutex.
 */
#include "work.h"
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 64
static pthread_mutex_t mutexes[MOST];
static int n;
static bool closed;

/* Not a tail call, so that each function has a frame. */
#define FRAME __attribute__((noinline, noclone)) static

FRAME void take_first(pthread_mutex_t *m)
{
	pthread_mutex_lock(m);
	__asm__ volatile("");
}

FRAME void take_second(pthread_mutex_t *m)
{
	pthread_mutex_lock(m);
	__asm__ volatile("");
}

static void *thread(void *arg)
{
	int i = (long)arg;
	pthread_mutex_t *first = &mutexes[i], *second = &mutexes[(i + 1) % n], *swap = first;

	if (i == n - 1 && !closed) {
		first = second;
		second = swap;
	}
	expect("[%lu,%ld]", (unsigned long)first, syscall(SYS_gettid));
	/* Each order is new only once. */
	for (int times = 0; times < 3; times++) {
		take_first(first);
		take_second(second);
		pthread_mutex_unlock(first);
		pthread_mutex_unlock(second);
	}
	return NULL;
}

FRAME void make_thread(long i)
{
	pthread_t t;

	if (pthread_create(&t, NULL, thread, (void *)i) || pthread_join(t, NULL))
		errx(1, "no thread");
}

static void recursive(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t *a = &mutexes[0], *b = &mutexes[1], *c = &mutexes[2];

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(a, &attr);
	pthread_mutex_lock(a);
	pthread_mutex_lock(b);
	pthread_mutex_lock(a);
	pthread_mutex_unlock(a);
	/* a is still held. */
	pthread_mutex_lock(c);
	pthread_mutex_unlock(c);
	pthread_mutex_unlock(b);
	pthread_mutex_unlock(a);
	/* Whoever only tries does not wait. */
	pthread_mutex_lock(b);
	if (pthread_mutex_trylock(a))
		errx(1, "trylock");
	pthread_mutex_unlock(a);
	pthread_mutex_unlock(b);
	pthread_mutex_lock(c);
	pthread_mutex_unlock(c);
	pthread_mutex_lock(a);
	pthread_mutex_unlock(a);
	expect("[%lu,%d]", (unsigned long)a, getpid());
}

static void many(void)
{
	for (int i = 0; i < 20; i++)
		pthread_mutex_lock(&mutexes[i]);
	for (int i = 0; i < 20; i++)
		pthread_mutex_unlock(&mutexes[i]);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "what?");
	expect_to(argv[1]);
	if (!strcmp(argv[2], "recursive")) {
		recursive();
		return 0;
	}
	if (!strcmp(argv[2], "many")) {
		many();
		return 0;
	}
	if (argc > 3)
		fgetc(fopen(argv[3], "re") ?: stdin);
	n = atoi(argv[2]);
	closed = n > 0;
	n = abs(n);
	for (long i = 0; i < n && n <= MOST; i++)
		make_thread(i);
	return 0;
}
