// SPDX-License-Identifier: BSD-2-Clause
/*
 * latencies EXPECTED [PART...]	calls of functions that take a known time
 *
 *	nap=N		known_outer(), which calls known_nap(), which sleeps 2 ms
 *	recurse=DEPTH	known_recurse(), inside itself
 *	jump=N		known_jump(), which does not return
 *	sleep=N		N threads sleep at once
 *	steps=N,MS	known_step(), MS after the last one
 *
 * Writes [name,calls,least,most], the sum of what the calls take in nanoseconds; of "sleep" also what all of its
 * parts did.
 */
#include "work.h"
#include <pthread.h>
#include <setjmp.h>
#include <string.h>
#include <time.h>

#define NOINLINE __attribute__((noinline, noclone))

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static struct took {
	const char *name;
	long long n, least, most;
} took[] = {
	{ .name = "known_nap" }, { .name = "known_outer" }, { .name = "known_recurse" },
	{ .name = "sleep" },     { .name = "known_step" },  { 0 },
};
enum { NAP, OUTER, RECURSE, SLEEP, STEP };

static void add(int what, long long least, long long most)
{
	__atomic_fetch_add(&took[what].n, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&took[what].least, least, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&took[what].most, most, __ATOMIC_SEQ_CST);
}

static void sleep_ms(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
	long long begin = now();

	clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
	add(SLEEP, ms * 1000000LL, now() - begin);
}

/* Call it, and note the time it measures itself, and what passes outside. */
#define CALL(what, call)                         \
	do {                                     \
		long long begin = now(), least;  \
                                                 \
		least = call;                    \
		add(what, least, now() - begin); \
	} while (0)

NOINLINE long long known_nap(void)
{
	long long begin = now();

	sleep_ms(2);
	return now() - begin;
}

NOINLINE long long known_outer(void)
{
	long long begin = now();

	CALL(NAP, known_nap());
	return now() - begin;
}

NOINLINE long long known_recurse(int depth)
{
	long long begin = now();

	sleep_ms(1);
	if (depth > 1)
		CALL(RECURSE, known_recurse(depth - 1));
	return now() - begin;
}

static jmp_buf back;

NOINLINE void known_jump(void)
{
	longjmp(back, 1);
}

NOINLINE void known_step(void)
{
	asm volatile("");
}

static pthread_barrier_t all;

static void *sleeper(void *arg)
{
	pthread_barrier_wait(&all);
	sleep_ms(300);
	return arg;
}

static void sleepers(int n)
{
	pthread_t *t = calloc(n, sizeof(*t));

	pthread_barrier_init(&all, NULL, n);
	for (int i = 0; i < n; i++)
		if (!t || pthread_create(&t[i], NULL, sleeper, NULL))
			errx(1, "pthread_create");
	for (int i = 0; i < n; i++)
		pthread_join(t[i], NULL);
	free(t);
}

static void steps(int n, int ms)
{
	long long last = now();

	known_step();
	for (int i = 1; i < n; i++) {
		long long before = now(), from = last;

		sleep_ms(ms);
		last = now();
		known_step();
		add(STEP, last - before, now() - from);
	}
}

static void jumps(int n)
{
	static int i;

	for (i = 0; i < n; i++)
		if (!setjmp(back))
			known_jump();
}

static void part(const char *name, int n, int ms)
{
	if (!strcmp(name, "nap"))
		while (n--)
			CALL(OUTER, known_outer());
	else if (!strcmp(name, "recurse"))
		CALL(RECURSE, known_recurse(n));
	else if (!strcmp(name, "sleep"))
		sleepers(n);
	else if (!strcmp(name, "steps"))
		steps(n, ms);
	else if (!strcmp(name, "jump"))
		jumps(n);
	else
		errx(2, "what is %s?", name);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: latencies EXPECTED PART...");
	for (int i = 2; i < argc; i++) {
		char name[16];
		int n = 0, ms = 0;

		if (sscanf(argv[i], "%15[a-z]=%d,%d", name, &n, &ms) < 2)
			errx(2, "what is %s?", argv[i]);
		part(name, n, ms);
	}
	expect_to(argv[1]);
	for (const struct took *t = took; t->name; t++)
		expect("[\"%s\",%lld,%lld,%lld]", t->name, t->n, t->least, t->most);
	return 0;
}
