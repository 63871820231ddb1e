// SPDX-License-Identifier: BSD-2-Clause
/*
 * futexes EXPECTED MS
 *
 * Threads wait for futexes, each by another call that this kernel has, and each twice: first for MS, then for twice
 * that.  Writes how long they waited, at least and at most; 0 times those that have no need to wait:
 * [comm,tid,lock,count,least_ns,most_ns].
 */
#include "work.h"
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS        2
#define NR_WAITV      449
#define NR_FUTEX_WAIT 455

static int ms;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void rest_us(long us)
{
	struct timespec left = { us / 1000000, us % 1000000 * 1000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

static long futex(uint32_t *f, int op, uint32_t val, const void *timeout)
{
	long ret = syscall(SYS_futex, f, op, val, timeout, NULL, FUTEX_BITSET_MATCH_ANY);

	return ret < 0 ? -errno : ret;
}

static long plain(uint32_t *f)
{
	return futex(f, FUTEX_WAIT, 0, NULL);
}

static long private(uint32_t *f)
{
	return futex(f, FUTEX_WAIT_PRIVATE, 0, NULL);
}

static long bitset(uint32_t *f)
{
	return futex(f, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, NULL);
}

static long lock_pi(uint32_t *f)
{
	return futex(f, FUTEX_LOCK_PI, 0, NULL);
}

static int round_now;

static long timed_out(uint32_t *f)
{
	struct timespec t = { 0, (round_now + 1) * ms * 1000000L };
	long ret = futex(f, FUTEX_WAIT, 0, &t);

	return ret == -ETIMEDOUT ? 0 : ret;
}

static long again(uint32_t *f)
{
	long ret = futex(f, FUTEX_WAIT, 1, NULL);

	return ret == -EAGAIN ? 0 : ret;
}

static long wake(uint32_t *f)
{
	return futex(f, FUTEX_WAKE, 1, NULL);
}

/* The second of two. */
static long several(uint32_t *f)
{
	static uint32_t other;
	struct {
		uint64_t val, addr;
		uint32_t flags, reserved;
	} v[] = { { 0, (uintptr_t)&other, 2, 0 }, { 0, (uintptr_t)f, 2, 0 } };
	long ret = syscall(NR_WAITV, v, 2, 0, NULL, CLOCK_MONOTONIC);

	return ret == 1 ? 0 : ret < 0 ? -errno : -EINVAL;
}

static long newer(uint32_t *f)
{
	long ret = syscall(NR_FUTEX_WAIT, f, 0L, 0xffffffffL, 2, NULL, CLOCK_MONOTONIC);

	return ret < 0 ? -errno : ret;
}

#ifdef __x86_64__
/* As 32-bit programs do. */
static long call32(long nr, uint32_t *f)
{
	long ret;

	asm volatile("int $0x80"
		     : "=a"(ret)
		     : "a"(nr), "b"((uint32_t)(uintptr_t)f), "c"(FUTEX_WAIT), "d"(0), "S"(0), "D"(0)
		     : "memory", "r8", "r9", "r10", "r11");
	return ret;
}

/* Some kernels kill who tries. */
static bool has_call32(void)
{
	pid_t pid = fork();
	uint32_t none = 1;
	int status;

	if (!pid)
		_exit(call32(20, &none) != getpid()); /* getpid */
	return waitpid(pid, &status, 0) == pid && !status;
}

static long wait32(uint32_t *f)
{
	return call32(240, f);
}

static long wait32_time64(uint32_t *f)
{
	return call32(422, f);
}
#endif

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static long mutex_wait(uint32_t *f)
{
	(void)f;
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	return 0;
}

static struct kind {
	const char *comm;
	long (*wait)(uint32_t *f);
	bool pi, itself, never;
} kinds[] = {
	{ "plain", plain, 0, 0, 0 },         { "private", private, 0, 0, 0 },
	{ "bitset", bitset, 0, 0, 0 },       { "lock-pi", lock_pi, 1, 0, 0 },
	{ "timed-out", timed_out, 0, 1, 0 }, { "again", again, 0, 1, 1 },
	{ "wake", wake, 0, 1, 1 },           { "several", several, 0, 0, 0 },
	{ "newer", newer, 0, 0, 0 },
#ifdef __x86_64__
	{ "wait32", wait32, 0, 0, 0 },       { "wait32-time64", wait32_time64, 0, 0, 0 },
#endif
	{ "mutex", mutex_wait, 0, 0, 0 },
};

static volatile pid_t tid;
static volatile int begun;
static volatile long failed;
static long long took;
static uint32_t *lock;

/* In the stacks that the tool shows. */
__attribute__((noinline)) void wait_as(const struct kind *k)
{
	failed = k->wait(lock);
	asm volatile("" ::: "memory"); /* no tail call */
}

static void *waiter(void *arg)
{
	const struct kind *k = arg;
	long long began;

	prctl(PR_SET_NAME, k->comm);
	tid = syscall(SYS_gettid);
	for (int i = 0; i < ROUNDS && !failed; i++) {
		round_now = i;
		while (begun != 2 * i)
			sched_yield();
		began = now();
		begun = 2 * i + 1;
		wait_as(k);
		took += now() - began;
	}
	return NULL;
}

static bool asleep(void)
{
	char path[64], line[256] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	f = fopen(path, "re");
	if (f && !fgets(line, sizeof(line), f))
		*line = 0;
	if (f)
		fclose(f);
	return strstr(line, ") S ");
}

static void give_back(const struct kind *k)
{
	if (k->wait == mutex_wait)
		pthread_mutex_unlock(&mutex);
	else if (k->pi && futex(lock, FUTEX_UNLOCK_PI, 0, NULL))
		err(1, "FUTEX_UNLOCK_PI");
	else if (!k->pi)
		futex(lock, FUTEX_WAKE, 1, NULL), futex(lock, FUTEX_WAKE_PRIVATE, 1, NULL);
}

static void use(const struct kind *k)
{
	long long least = 0, from;
	pthread_t thread;

#ifdef __x86_64__
	if ((k->wait == wait32 || k->wait == wait32_time64) && !has_call32())
		return;
#endif
	tid = begun = failed = took = 0;
	lock = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_32BIT, -1,
		    0);
	if (lock == MAP_FAILED)
		err(1, "mmap");
	for (int i = 0; i < ROUNDS && !failed; i++) {
		*lock = k->pi ? getpid() : 0;
		if (k->wait == mutex_wait)
			pthread_mutex_lock(&mutex);
		if (!i && pthread_create(&thread, NULL, waiter, (void *)k))
			errx(1, "pthread_create");
		if (i)
			begun = 2 * i;
		while (begun != 2 * i + 1)
			sched_yield();
		if (k->itself)
			continue;
		while (!failed && !asleep())
			sched_yield();
		from = now();
		rest_us((i + 1) * ms * 1000L);
		least += now() - from;
		give_back(k);
		while (*(volatile long long *)&took < least && !failed)
			sched_yield();
	}
	pthread_join(thread, NULL);
	if (failed == -ENOSYS)
		return;
	if (failed)
		errx(1, "%s: %s", k->comm, strerror(-failed));
	if (k->itself)
		least = k->never ? 0 : ROUNDS * (ROUNDS + 1) / 2 * ms * 1000000LL;
	expect("[\"%s\",%d,\"0x%lx\",%d,%lld,%lld]", k->comm, tid,
	       k->wait == mutex_wait ? (uintptr_t)&mutex : (uintptr_t)lock, k->never ? 0 : ROUNDS,
	       least, took);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: futexes EXPECTED MS");
	expect_to(argv[1]);
	ms = atoi(argv[2]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		use(&kinds[i]);
	return 0;
}
