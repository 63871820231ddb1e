// SPDX-License-Identifier: BSD-2-Clause
/*
 * chains EXPECTED HOW MS	burn CPU time at the end of a known chain of calls, without frame pointers:
 *	plain		calls of functions that save registers, also the one for frame pointers
 *	alloca		a function whose frame is as large as it is told
 *	realigned	functions that align the stack
 *	deep		100 calls of one function
 *	qsort		from a function that qsort(3) calls
 *	signal		from a signal handler
 *	library		from a function that a library calls, called through the procedure linkage table
 *	thread		from a thread's first function
 *	calls		as plain, but so many times as MS says, spin() makes the system call getppid(2) and sleeps for 2 ms;
 *			once it has written a line to stdout and read one from stdin
 *
 * Writes [pid,"how","chain"], outermost function first: "main;plain_one;plain_two;plain_three;spin".
 * A "*" stands for functions of the C library. The CPU time is all burnt in spin().
 *
 * Built three times: with a library of its own, libchains.so (this file with -DLIBRARY), without symbols
 * (chains-stripped, whose functions are still exported), and as one static file (chains-static, -DALONE).
 */
#define FUNCTION __attribute__((noinline))

/* Nothing before it is a tail call. */
#define AFTER __asm__ volatile("" ::: "memory")

void library_one(void (*f)(void));

#if defined(LIBRARY) || defined(ALONE)
FUNCTION void library_two(void (*f)(void))
{
	f();
	AFTER;
}

FUNCTION void library_one(void (*f)(void))
{
	library_two(f);
	AFTER;
}
#endif

#ifndef LIBRARY
#include "work.h"
#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t stop, calls;
static volatile long sink, numbers[8];

FUNCTION void spin(void)
{
	if (calls) {
		getppid();
		usleep(2000);
	}
	while (!stop)
		sink++;
	AFTER;
}

/* More values than registers that functions may clobber, so the others are saved, and used. */
#define CALLER(name, call)                                                           \
	FUNCTION void name(void)                                                     \
	{                                                                            \
		long a = numbers[0], b = numbers[1], c = numbers[2], d = numbers[3], \
		     e = numbers[4], f = numbers[5];                                 \
                                                                                     \
		call;                                                                \
		AFTER;                                                               \
		sink += a + 3 * b + 5 * c + 7 * d + 9 * e + 11 * f;                  \
	}
CALLER(plain_three, spin())
CALLER(plain_two, plain_three())
CALLER(plain_one, plain_two())

CALLER(alloca_inside, spin())
FUNCTION void alloca_many(size_t n)
{
	char *room = alloca(n);

	memset(room, 1, n);
	alloca_inside();
	AFTER;
	sink += room[n / 2];
}
CALLER(alloca_outside, alloca_many(1000 + numbers[0]))

CALLER(aligned_inside, spin())
/* Some arguments are on the stack, so the function needs two registers for its frame. */
FUNCTION long aligned_many(long a, long b, long c, long d, long e, long f, long g, long h, size_t n)
{
	__attribute__((aligned(64))) volatile char room[64] = { 0 };
	volatile char *more = alloca(n);

	more[0] = room[a] + b + c + d + e + f;
	aligned_inside();
	AFTER;
	return room[0] + more[0] + g * h;
}
FUNCTION void aligned_one(void)
{
	__attribute__((aligned(64))) volatile char room[64] = { 0 };

	sink += aligned_many(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5],
			     numbers[6], numbers[7], 100 + numbers[0]);
	AFTER;
	sink += room[0];
}
CALLER(aligned_outside, aligned_one())

FUNCTION void deep(int n)
{
	volatile char room[24];

	room[n % 24] = 1;
	if (n > 1)
		deep(n - 1);
	else
		spin();
	AFTER;
	sink += room[0];
}

FUNCTION int compare(const void *a, const void *b)
{
	spin();
	AFTER;
	return *(const int *)a - *(const int *)b;
}
FUNCTION void sort(void)
{
	int two[2] = { 2, 1 };

	qsort(two, 2, sizeof(*two), compare);
	AFTER;
	sink += two[0];
}

FUNCTION void on_trap(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	spin();
	AFTER;
#ifdef __aarch64__
	((ucontext_t *)context)->uc_mcontext.pc += 4; /* x86 has gone on already */
#else
	(void)context;
#endif
}
FUNCTION void trap(void)
{
#ifdef __aarch64__
	__asm__ volatile("brk #0");
#else
	__asm__ volatile("int3");
#endif
	AFTER;
}
CALLER(trapping, trap())

CALLER(through_library, library_one(spin))

CALLER(thread_inside, spin())
FUNCTION void *thread_first(void *arg)
{
	thread_inside();
	AFTER;
	return arg;
}
static void start_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, thread_first, NULL))
		errx(1, "no thread");
	pthread_join(thread, NULL);
}

/* A hundred calls of deep(). */
static const char *deep_chain(void)
{
	static char chain[1024] = "main;";

	for (int i = 0; i < 100; i++)
		strcat(chain, "deep;");
	return strcat(chain, "spin");
}

static void on_time(int sig)
{
	(void)sig;
	stop = 1;
}

static void begin(int ms)
{
	struct itimerval timer = { .it_value = { ms / 1000, ms % 1000 * 1000 } };
	struct sigaction trap = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };

	sigaction(SIGTRAP, &trap, NULL);
	signal(SIGPROF, on_time);
	setitimer(ITIMER_PROF, &timer, NULL);
}

static inline __attribute__((always_inline)) void make_calls(int n)
{
	stop = calls = 1;
	expect("[%d,\"calls\",\"main;plain_one;plain_two;plain_three;spin\"]", getpid());
	puts("ready");
	fflush(stdout);
	if (getchar() == EOF)
		err(1, "stdin");
	while (n--)
		plain_one();
}

int main(int argc, char **argv)
{
	const char *how = argc == 4 ? argv[2] : "", *chain = NULL;

	if (argc != 4)
		errx(2, "usage: chains EXPECTED HOW MS");
	expect_to(argv[1]);
	if (!strcmp(how, "calls")) {
		make_calls(atoi(argv[3]));
		return 0;
	}
	begin(atoi(argv[3]));
	if (!strcmp(how, "plain")) {
		plain_one();
		chain = "main;plain_one;plain_two;plain_three;spin";
	} else if (!strcmp(how, "alloca")) {
		alloca_outside();
		chain = "main;alloca_outside;alloca_many;alloca_inside;spin";
	} else if (!strcmp(how, "realigned")) {
		aligned_outside();
		chain = "main;aligned_outside;aligned_one;aligned_many;aligned_inside;spin";
	} else if (!strcmp(how, "deep")) {
		deep(100 + numbers[0]);
		chain = deep_chain();
	} else if (!strcmp(how, "qsort")) {
		sort();
		chain = "main;sort;*;compare;spin";
	} else if (!strcmp(how, "signal")) {
		trapping();
		chain = "main;trapping;trap;*;on_trap;spin";
	} else if (!strcmp(how, "library")) {
		through_library();
		chain = "main;through_library;library_one;library_two;spin";
	} else if (!strcmp(how, "thread")) {
		start_thread();
		chain = "*;thread_first;thread_inside;spin";
	} else {
		errx(2, "%s: no such chain", how);
	}
	expect("[%d,\"%s\",\"%s\"]", getpid(), how, chain);
	return 0;
}
#endif
