// SPDX-License-Identifier: BSD-2-Clause
/*
 * waits EXPECTED [disk=DEVICE] | waits execute
 *
 * A process "waiter" sleeps, computes, and waits for one thing after the other that another process, "feeder", does 150 ms
 * later; and once it waits for time to pass while that computes.  With disk=, it also reads blocks of that, and touches pages of it that are not in memory.  Writes for each
 * what it should be counted as: [cause,system call,least_ns,most_ns,waker], with 0 for no waker; then
 * ["life",pid,least_ns,most_ns,cpu_ns,user_ns,kernel_ns,queued_ns], by its own clock and that of the parent, and by
 * the kernel (-1: it doesn't tell).
 *
 * With execute, its second thread executes `sleep 0.2`.
 */
#include "work.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS     1000000LL
#define LATER  (150 * MS)
#define BLOCKS 40

static long long now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void sleep_ns(long long ns)
{
	nanosleep(&(struct timespec){ ns / 1000000000, ns % 1000000000 }, NULL);
}

/* What the processes share. */
static struct {
	uint32_t futex;
	long long acted;        /* when the feeder did its part */
	long long began, ended; /* of the waiter */
} * shared;

static int ask[2], answer[2], pair[2], tcp[2], locked, tty;
static pid_t feeder;

static void feed(char what)
{
	long long until = now(CLOCK_MONOTONIC) + LATER;

	sleep_ns(LATER);
	while (now(CLOCK_MONOTONIC) < until)
		;
	shared->acted = now(CLOCK_MONOTONIC);
	switch (what) {
	case 'p':
		if (write(answer[1], "x", 1) != 1)
			err(1, "pipe");
		break;
	case 'u':
		if (write(pair[1], "x", 1) != 1)
			err(1, "Unix socket");
		break;
	case 't':
		if (write(tcp[1], "x", 1) != 1)
			err(1, "socket");
		break;
	case 'f':
		shared->futex = 1;
		syscall(SYS_futex, &shared->futex, FUTEX_WAKE, 1, NULL, NULL, 0);
		break;
	case 'l':
		flock(locked, LOCK_UN);
		break;
	case 'k':
		/* One line for the process that reads already, and one for the next. */
		if (write(tty, "x\ny\n", 4) != 4)
			err(1, "terminal");
		break;
	}
}

static void burn(long long ns)
{
	long long until = now(CLOCK_PROCESS_CPUTIME_ID) + ns;

	while (now(CLOCK_PROCESS_CPUTIME_ID) < until)
		;
}

static void be_feeder(void)
{
	char what;

	prctl(PR_SET_NAME, "feeder");
	while (read(ask[0], &what, 1) == 1)
		if (what == 'b')
			burn(2 * LATER);
		else
			feed(what);
	_exit(0);
}

/* The waiter has asked for WHAT, and waited since BEGAN until now. */
static void waited(const char *cause, const char *call, long long began, pid_t waker)
{
	expect("[\"%s\",\"%s\",%lld,%lld,%d]", cause, call, shared->acted - began,
	       now(CLOCK_MONOTONIC) - began, waker);
}

static void request(char what)
{
	shared->acted = 0;
	if (write(ask[1], &what, 1) != 1)
		err(1, "feeder");
}

static void read_from(int fd, char what, const char *cause, pid_t waker)
{
	long long began;
	char c;

	request(what);
	began = now(CLOCK_MONOTONIC);
	if (read(fd, &c, 1) != 1)
		err(1, "%s", cause);
	waited(cause, "read", began, waker);
}

/* Another process reads a terminal, with the mutex that its readers take, and the waiter wants it. */
static void wait_for_mutex(int slave)
{
	char line[8], path[64], state = 0;
	pid_t reader = fork();
	long long began;

	if (!reader)
		_exit(read(slave, line, sizeof(line)) != 2);
	snprintf(path, sizeof(path), "/proc/%d/stat", reader);
	while (state != 'S') {
		FILE *f = fopen(path, "re");

		if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			err(1, "%s", path);
		fclose(f);
	}
	request('k');
	began = now(CLOCK_MONOTONIC);
	if (read(slave, line, sizeof(line)) != 2)
		err(1, "terminal");
	waited("lock", "read", began, reader);
	waitpid(reader, NULL, 0);
}

static void use_disk(const char *disk)
{
	int fd = open(disk, O_RDONLY | O_DIRECT | O_CLOEXEC);
	long long began = now(CLOCK_MONOTONIC);
	volatile char *map;
	void *block;

	if (fd < 0 || posix_memalign(&block, 4096, 4096))
		err(1, "%s", disk);
	for (int i = 0; i < BLOCKS; i++)
		if (pread(fd, block, 4096, i * 65536LL) != 4096)
			err(1, "%s", disk);
	expect("[\"disk\",\"pread64\",1,%lld,0]", now(CLOCK_MONOTONIC) - began);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	map = mmap(NULL, BLOCKS * 65536, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		err(1, "%s", disk);
	madvise((void *)map, BLOCKS * 65536, MADV_RANDOM);
	began = now(CLOCK_MONOTONIC);
	for (int i = 0; i < BLOCKS; i++)
		(void)map[i * 65536];
	expect("[\"memory\",null,1,%lld,0]", now(CLOCK_MONOTONIC) - began);
}

static void be_waiter(const char *disk, int slave)
{
	long long began;
	struct pollfd p = { .fd = answer[0], .events = POLLIN };
	int status, own;
	pid_t child;
	char c;

	shared->began = now(CLOCK_MONOTONIC);
	prctl(PR_SET_NAME, "waiter");
	began = now(CLOCK_MONOTONIC);
	sleep_ns(200 * MS);
	expect("[\"timer\",\"clock_nanosleep\",%lld,%lld,0]", 200 * MS,
	       now(CLOCK_MONOTONIC) - began);
	burn(200 * MS);
	read_from(answer[0], 'p', "process", feeder);
	read_from(pair[0], 'u', "process", feeder);
	read_from(tcp[0], 't', "network", 0);

	request('f');
	began = now(CLOCK_MONOTONIC);
	while (!__atomic_load_n(&shared->futex, __ATOMIC_SEQ_CST))
		syscall(SYS_futex, &shared->futex, FUTEX_WAIT, 0, NULL, NULL, 0);
	waited("futex", "futex", began, feeder);

	request('p');
	began = now(CLOCK_MONOTONIC);
	if (poll(&p, 1, -1) != 1 || read(answer[0], &c, 1) != 1)
		err(1, "poll");
	waited("poll", "poll", began, feeder);

	own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	request('l');
	began = now(CLOCK_MONOTONIC);
	if (flock(own, LOCK_EX))
		err(1, "flock");
	waited("lock", "flock", began, feeder);

	began = now(CLOCK_MONOTONIC);
	child = fork();
	if (!child) {
		shared->acted = 0;
		sleep_ns(LATER);
		shared->acted = now(CLOCK_MONOTONIC);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child)
		err(1, "wait");
	waited("process", "wait4", began, child);
	wait_for_mutex(slave);
	/* The timer may interrupt the feeder, which has nothing to do with it. */
	request('b');
	began = now(CLOCK_MONOTONIC);
	poll(NULL, 0, LATER / MS);
	expect("[\"poll\",\"poll\",%lld,%lld,0]", LATER, now(CLOCK_MONOTONIC) - began);

	if (disk)
		use_disk(disk);
	shared->ended = now(CLOCK_MONOTONIC);
	_exit(0);
}

static void connect_tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t size = sizeof(to);
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (listening < 0 || bind(listening, (void *)&to, size) || listen(listening, 1) ||
	    getsockname(listening, (void *)&to, &size))
		err(1, "socket");
	tcp[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(tcp[0], (void *)&to, size) || (tcp[1] = accept(listening, NULL, NULL)) < 0)
		err(1, "connect");
}

static void *execute(void *arg)
{
	execlp("sleep", "sleep", "0.2", NULL);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	const char *disk = argc > 2 && !strncmp(argv[2], "disk=", 5) ? argv[2] + 5 : NULL;
	long long began, most, runs, queued = -1;
	struct rusage used;
	char path[64];
	siginfo_t info;
	pid_t waiter;
	int slave;
	FILE *f;

	if (!strcmp(argv[1], "execute")) {
		pthread_create(&thread, NULL, execute, NULL);
		pause();
	}
	expect_to(argv[1]);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	locked = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (shared == MAP_FAILED || pipe(ask) || pipe(answer) ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || openpty(&tty, &slave, NULL, NULL, NULL) ||
	    locked < 0 || flock(locked, LOCK_EX))
		err(1, "cannot begin");
	connect_tcp();
	feeder = fork();
	if (!feeder)
		be_feeder();
	began = now(CLOCK_MONOTONIC);
	waiter = fork();
	if (!waiter)
		be_waiter(disk, slave);
	if (waitid(P_PID, waiter, &info, WEXITED | WNOWAIT))
		err(1, "wait");
	most = now(CLOCK_MONOTONIC) - began;
	snprintf(path, sizeof(path), "/proc/%d/schedstat", waiter);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%lld %lld", &runs, &queued) != 2)
		err(1, "%s", path);
	fclose(f);
	if (wait4(waiter, NULL, 0, &used) != waiter)
		err(1, "wait");
	expect("[\"life\",%d,%lld,%lld,%lld,%lld,%lld,%lld]", waiter, shared->ended - shared->began,
	       most, runs, used.ru_utime.tv_sec * 1000000000LL + used.ru_utime.tv_usec * 1000LL,
	       used.ru_stime.tv_sec * 1000000000LL + used.ru_stime.tv_usec * 1000LL, queued);
	kill(feeder, SIGKILL);
	return 0;
}
