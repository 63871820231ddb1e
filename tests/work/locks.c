// SPDX-License-Identifier: BSD-2-Clause
/*
 * locks EXPECTED DIR WAITERS MS
 *
 * A thread writes to a pipe, from a page that is missing: it has the pipe's mutex until the handler of a userfaultfd
 * provides the page, MS after WAITERS other threads have begun to wait for it.  Each of these then writes 100 times
 * more.  Then a thread lists DIR to such a page, which makes it hold the directory's semaphore for reading, and another
 * one waits to make a directory in it.  Last, a thread waits for input from a terminal, with the mutex of its readers,
 * and a process that waits for that mutex is killed.  Writes who each was, and for how long it held a lock or waited
 * for one, at least and at most:
 * [lock,comm,tid,"hold" or "spin",least_ns,most_ns].
 */
#include "work.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MORE 100

static int faults, fds[2];
static const char *dir;
static char *page;

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

static struct who {
	const char *comm;
	void (*act)(void);
	pthread_t thread;
	volatile pid_t tid;
	long long took;
} holder, waiters[64], lister, maker, reader;

static void *run(void *arg)
{
	struct who *w = arg;
	long long began;

	prctl(PR_SET_NAME, w->comm);
	began = now();
	w->tid = syscall(SYS_gettid);
	w->act();
	w->took = now() - began;
	for (int i = 0; w >= waiters && w < waiters + 64 && i < MORE; i++)
		if (write(fds[1], "x", 1) != 1)
			err(1, "write");
	return NULL;
}

static void start(struct who *w, const char *comm, void (*act)(void))
{
	w->comm = comm;
	w->act = act;
	if (pthread_create(&w->thread, NULL, run, w))
		errx(1, "pthread_create");
}

/* Wait until the thread sleeps in this system call, as one does that waits for a lock. */
static void await(pid_t pid, volatile pid_t *tid, long number, const char *state)
{
	char path[64], line[256];
	long in;
	FILE *f;

	for (int i = 0; i < 20000; i++, rest_us(1000)) {
		if (!*tid)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, *tid);
		f = fopen(path, "re");
		in = -1;
		if (f && fscanf(f, "%ld", &in) != 1)
			in = -1;
		if (f)
			fclose(f);
		if (in != number)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, *tid);
		f = fopen(path, "re");
		if (!f || !fgets(line, sizeof(line), f))
			*line = 0;
		if (f)
			fclose(f);
		if (strstr(line, state))
			return;
	}
	errx(1, "no thread waits in system call %ld", number);
}

static char *slow_page(void)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register reg = {
		.range = { (unsigned long)p, 4096 },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	if (p == MAP_FAILED || ioctl(faults, UFFDIO_REGISTER, &reg))
		err(1, "UFFDIO_REGISTER");
	return p;
}

/* Somebody has the lock now, and needs the page. */
static long long await_fault(void)
{
	struct uffd_msg msg;

	if (read(faults, &msg, sizeof(msg)) != sizeof(msg))
		err(1, "userfaultfd");
	return now();
}

static void provide_page(void)
{
	struct uffdio_zeropage zero = { .range = { (unsigned long)page, 4096 } };

	if (ioctl(faults, UFFDIO_ZEROPAGE, &zero))
		err(1, "UFFDIO_ZEROPAGE");
}

static void did(const char *lock, struct who *w, const char *what, long long least)
{
	pthread_join(w->thread, NULL);
	expect("[\"%s\",\"%s\",%d,\"%s\",%lld,%lld]", lock, w->comm, w->tid, what, least, w->took);
}

static void write_page(void)
{
	if (write(fds[1], page, 4096) != 4096)
		err(1, "write");
}

static void write_byte(void)
{
	if (write(fds[1], "x", 1) != 1)
		err(1, "write");
}

static void list(void)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY);

	if (fd < 0 || syscall(SYS_getdents64, fd, page, 4096) < 0)
		err(1, "%s", dir);
	close(fd);
}

static void make(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/made", dir);
	if (mkdir(path, 0700))
		err(1, "%s", path);
}

static void pipes(int n, int ms)
{
	long long held, waited;

	page = slow_page();
	start(&holder, "holder", write_page);
	held = await_fault();
	for (int i = 0; i < n; i++)
		start(&waiters[i], "waiter", write_byte);
	for (int i = 0; i < n; i++)
		await(getpid(), &waiters[i].tid, SYS_write, ") D ");
	waited = now();
	rest_us(ms * 1000L);
	waited = now() - waited;
	held = now() - held;
	provide_page();
	did("pipe", &holder, "hold", held);
	for (int i = 0; i < n; i++)
		did("pipe", &waiters[i], "spin", waited);
}

static void dirs(int ms)
{
	long long held, waited;

	page = slow_page();
	start(&lister, "lister", list);
	held = await_fault();
	start(&maker, "maker", make);
	await(getpid(), &maker.tid, SYS_mkdir, ") D ");
	waited = now();
	rest_us(ms * 1000L);
	waited = now() - waited;
	held = now() - held;
	provide_page();
	did("dir", &lister, "hold", held);
	did("dir", &maker, "spin", waited);
}

static int terminal;

static void read_line(void)
{
	char line[16];

	if (read(terminal, line, sizeof(line)) != 2)
		err(1, "read from a terminal");
}

static void ttys(int ms)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	volatile pid_t killed;
	long long held;

	if (master < 0 || grantpt(master) || unlockpt(master))
		err(1, "posix_openpt");
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (terminal < 0)
		err(1, "a terminal");
	start(&reader, "reader", read_line);
	await(getpid(), &reader.tid, SYS_read, ") S ");
	held = now();
	killed = fork();
	if (killed < 0)
		err(1, "fork");
	if (!killed) {
		prctl(PR_SET_NAME, "killed");
		read_line();
		_exit(0);
	}
	await(killed, &killed, SYS_read, ") S ");
	rest_us(ms * 1000L);
	kill(killed, SIGKILL);
	if (waitpid(killed, NULL, 0) != killed)
		err(1, "waitpid");
	held = now() - held;
	if (write(master, "x\n", 2) != 2)
		err(1, "write to a terminal");
	did("tty", &reader, "hold", held);
	expect("[\"tty\",\"killed\",%d,\"none\",0,0]", killed);
}

int main(int argc, char **argv)
{
	struct uffdio_api api = { .api = UFFD_API };
	int n, ms;
	char made[4096];

	if (argc != 5)
		errx(2, "usage: locks EXPECTED DIR WAITERS MS");
	expect_to(argv[1]);
	dir = argv[2];
	snprintf(made, sizeof(made), "%s/made", dir);
	rmdir(made); /* of a run before */
	n = atoi(argv[3]);
	ms = atoi(argv[4]);
	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (n < 1 || n > 64 || faults < 0 || ioctl(faults, UFFDIO_API, &api) || pipe(fds))
		err(1, "userfaultfd");
	pipes(n, ms);
	dirs(ms);
	ttys(ms);
	return 0;
}
