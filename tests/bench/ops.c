// SPDX-License-Identifier: BSD-2-Clause
/*
 * ops [-c CPUS] [-w MS] [-o STDOUT -e STDERR] OP=N... [-- TOOL [ARGUMENT]...]
 *
 * Does each operation N times, on each of CPUS processors at once (default: 1), and prints as JSON
 * what one cost in nanoseconds of CPU.
 * An argument OPS_PID of the tool becomes our process ID.
 * With a tool, it does so once before the tool is started and once while it traces, and also prints
 * what the tool itself spent to start, on the operations, and to end (MS after them).  Under tests/vm/run
 * --icount, a nanosecond is an instruction.
 */
#include "../work/md.h"
#include "../work/sdt.h"
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

typedef int64_t ns;

static ns read_clock(clockid_t clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		err(1, "clock_gettime");
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void rest(ns t)
{
	struct timespec left = { t / 1000000000, t % 1000000000 };

	while (nanosleep(&left, &left) && errno == EINTR)
		;
}

/* Operations */

static void open_file(void)
{
	int fd = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY, 0);

	if (fd < 0)
		err(1, "/dev/null");
	close(fd);
}

static void open_nothing(void)
{
	if (syscall(SYS_openat, AT_FDCWD, "/no/such/file", O_RDONLY, 0) >= 0)
		errx(1, "there is a /no/such/file");
}

static void stat_file(void)
{
	struct stat st;

	if (syscall(SYS_newfstatat, AT_FDCWD, "/dev/null", &st, 0))
		err(1, "/dev/null");
}

/* Of a pipe, which has no data to write back: the call alone. */
static void fsync_pipe(void)
{
	static int pipes[2];

	if (!pipes[1] && pipe2(pipes, O_CLOEXEC))
		err(1, "pipe");
	syscall(SYS_fsync, pipes[1]);
}

/* On a tmpfs, so that the work of a disk is not counted. */
static void create_and_delete(void)
{
	int fd = syscall(SYS_openat, AT_FDCWD, "/dev/shm/ops-file", O_CREAT | O_WRONLY, 0600);

	if (fd < 0 || unlink("/dev/shm/ops-file"))
		err(1, "/dev/shm/ops-file");
	close(fd);
}

static void umount_nothing(void)
{
	if (!syscall(SYS_umount2, "/no/such", 0))
		errx(1, "there is a /no/such");
}

static int unix_pair[2];

static void unix_open(void)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, unix_pair))
		err(1, "socketpair");
}

static void pass_fd(void)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { .align = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control };
	int fd = unix_pair[0];

	m.msg_controllen = sizeof(control);
	memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	if (sendmsg(unix_pair[0], &m, 0) != 1 || recvmsg(unix_pair[1], &m, 0) != 1)
		err(1, "pass a descriptor");
	memcpy(&fd, CMSG_DATA(&control.align), sizeof(fd));
	close(fd);
}

static void call_getppid(void)
{
	syscall(SYS_getppid);
}

static int terminal, shown; /* /dev/pts/0, and what shows it */

static void tty_open(void)
{
	struct termios t;

	shown = posix_openpt(O_RDWR | O_NOCTTY);
	if (shown < 0 || grantpt(shown) || unlockpt(shown))
		err(1, "cannot get a terminal");
	terminal = open(ptsname(shown), O_RDWR | O_NOCTTY);
	if (terminal < 0 || tcgetattr(terminal, &t))
		err(1, "%s", ptsname(shown));
	cfmakeraw(&t);
	tcsetattr(terminal, TCSANOW, &t);
}

static void tty_line(void)
{
	static const char line[] = "make: Nothing to be done for 'all'.\n";
	char buf[sizeof(line)];

	if (write(terminal, line, sizeof(line) - 1) != sizeof(line) - 1 ||
	    read(shown, buf, sizeof(buf)) < 1)
		err(1, "cannot write to a terminal");
}

/* What bash gets a line with.  Tools that trace it look for processes with this name. */
__attribute__((noinline, visibility("default"))) char *readline(const char *prompt)
{
	asm volatile("" : "+r"(prompt));
	return (char *)prompt;
}

static void readline_open(void)
{
	prctl(PR_SET_NAME, "bash");
}

static void type_line(void)
{
	readline("make all && make check");
}

static char nothing[4096]; /* the program `nothing`, in the same folder as this one */

static void exec_nothing(void)
{
	/* vfork(), because fork() copies the parent's page tables, which is not part of an exec. */
	pid_t pid = vfork();
	int status;

	if (!pid) {
		execl(nothing, nothing, "first", "second", NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		errx(1, "cannot run %s", nothing);
}

static int listener;
static struct sockaddr_in listens = { .sin_family = AF_INET };

static void tcp_listen(void)
{
	socklen_t len = sizeof(listens);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	listens.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (void *)&listens, len) || listen(listener, 1) ||
	    getsockname(listener, (void *)&listens, &len))
		err(1, "listen");
}

static void tcp_connect(int ends[2])
{
	ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(ends[0], (void *)&listens, sizeof(listens)))
		err(1, "connect");
	ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (ends[1] < 0)
		err(1, "accept");
}

static void get_shm(void)
{
	if (shmget(0x5e1f1234, 4096, 0) >= 0)
		errx(1, "shmget found what is not there");
}

/* It asks for a capability, and changes nothing. */
static void change_root(void)
{
	if (chroot("/"))
		err(1, "chroot");
}

/* Close with a reset: thousands of connections in TIME_WAIT would slow the next ones. */
static void bind_and_listen(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in any = { .sin_family = AF_INET };

	any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (void *)&any, sizeof(any)) || listen(fd, 1))
		err(1, "listen");
	close(fd);
}

static void connect_and_close(void)
{
	struct linger reset = { .l_onoff = 1 };
	int ends[2];

	tcp_connect(ends);
	setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(ends[0]);
	close(ends[1]);
}

static int tcp[2];

static void tcp_open(void)
{
	struct sockaddr_in other = listens; /* of "connection" */
	int one = 1, others = listener;

	listens.sin_port = 0;
	tcp_listen();
	tcp_connect(tcp);
	setsockopt(tcp[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	close(listener);
	listener = others;
	listens = other;
}

static void tcp_move(void)
{
	static char data[512];

	if (send(tcp[0], data, sizeof(data), 0) != sizeof(data) ||
	    recv(tcp[1], data, sizeof(data), MSG_WAITALL) != sizeof(data))
		err(1, "send and receive");
}

/* A UDP socket that talks to itself. */
static int udp_socket(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (void *)&a, len) || getsockname(fd, (void *)&a, &len) ||
	    connect(fd, (void *)&a, len))
		err(1, "a UDP socket");
	return fd;
}

static void datagram(int fd)
{
	static char data[512];

	if (send(fd, data, sizeof(data), 0) != sizeof(data) ||
	    recv(fd, data, sizeof(data), 0) != sizeof(data))
		err(1, "send and receive");
}

static int udp;

static void udp_open(void)
{
	udp = udp_socket();
}

static void udp_move(void)
{
	datagram(udp);
}

static void udp_socket_use(void)
{
	int fd = udp_socket();

	datagram(fd);
	close(fd);
}

/* To another process and back. */
static int there[2], back[2];

static void switch_open(void)
{
	const struct sched_param none = { 0 };
	char c;

	/* Don't preempt the other one when it wakes us: then it sleeps each time, when we wake it. */
	if (sched_setscheduler(0, SCHED_BATCH, &none))
		err(1, "SCHED_BATCH");
	if (pipe2(there, O_CLOEXEC) || pipe2(back, O_CLOEXEC))
		err(1, "pipe");
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		close(there[1]);
		while (read(there[0], &c, 1) == 1 && write(back[1], &c, 1) == 1)
			;
		_exit(0);
	}
}

static void switch_twice(void)
{
	char c = 0;

	if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
		err(1, "switch");
}

static volatile sig_atomic_t signalled;

static void take_signal(int sig)
{
	(void)sig;
	signalled = 1;
}

static void signal_open(void)
{
	signal(SIGUSR1, take_signal);
}

/* A thread that sends itself a signal gets it before kill(2) returns. */
static void signal_self(void)
{
	signalled = 0;
	if (kill(getpid(), SIGUSR1) || !signalled)
		err(1, "signal");
}

/*
 * A write usually ends in an interrupt, which some other program pays for.  Its cost can be
 * measured only on a disk such as null_blk, which has finished before the system call returns.
 */
static int disk;
static char *block;

static void disk_open(void)
{
	const char *path = getenv("SNOOPKIT_TEST_DISK");

	if (!path || (disk = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC)) < 0)
		err(1, "SNOOPKIT_TEST_DISK (%s)", path ? path : "not set");
	if (posix_memalign((void **)&block, 4096, 4096))
		err(1, "posix_memalign");
	memset(block, 0, 4096);
}

static void disk_write(void)
{
	static off_t at;

	if (pwrite(disk, block, 4096, at) != 4096)
		err(1, "write");
	at = (at + 4096) % (32 << 20);
}

static void fsync_open(void)
{
	const char *path = getenv("SNOOPKIT_TEST_DISK");

	if (!path || (disk = open(path, O_WRONLY | O_CLOEXEC)) < 0)
		err(1, "SNOOPKIT_TEST_DISK (%s)", path ? path : "not set");
}

static void write_and_fsync(void)
{
	static const char data[4096];
	static off_t at;

	if (pwrite(disk, data, sizeof(data), at) != sizeof(data) || fsync(disk))
		err(1, "write and fsync");
	at = (at + sizeof(data)) % (32 << 20);
}

/* Page by page, through the page cache, which forgets them in time. */
static int ahead;

static void ahead_open(void)
{
	const char *path = getenv("SNOOPKIT_TEST_DISK");

	if (!path || (ahead = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		err(1, "SNOOPKIT_TEST_DISK (%s)", path ? path : "not set");
}

static void ahead_read(void)
{
	static char page[4096];
	static off_t at;

	if (pread(ahead, page, sizeof(page), at) != sizeof(page))
		err(1, "read");
	at += sizeof(page);
	if (at % (4 << 20) == 0)
		posix_fadvise(ahead, 0, at, POSIX_FADV_DONTNEED);
}

/* Of a mirror made of one such disk. */
static int array;

static void array_stop(void)
{
	md_stop(array);
}

static void array_open(void)
{
	char *path = getenv("SNOOPKIT_TEST_DISK");

	if (!path)
		errx(1, "SNOOPKIT_TEST_DISK is not set");
	array = md_open("md_ops", "md_ops.node");
	md_run(array, &path, 1);
	atexit(array_stop);
}

static void array_flush(void)
{
	if (fsync(array))
		err(1, "fsync");
}

/* A byte of this program, which is in the page cache, and in guests on ext4. */
static int self;

static void self_open(void)
{
	self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (self < 0)
		err(1, "/proc/self/exe");
}

static void self_read(void)
{
	char byte;

	if (pread(self, &byte, 1, 0) != 1)
		err(1, "read");
}

/* A million turns of a loop, at the end of a stack of some depth. */
__attribute__((noinline)) static void burn_below(int depth)
{
	if (depth)
		burn_below(depth - 1);
	else
		for (int i = 0; i < 1000000; i++)
			asm volatile("");
	asm volatile("" ::: "memory"); /* no tail call */
}

static void burn(void)
{
	burn_below(10);
}

static int cached;

static void file_open(void)
{
	char path[] = "ops.XXXXXX";

	cached = mkstemp(path);
	if (cached < 0 || unlink(path) || write(cached, nothing, sizeof(nothing)) < 512)
		err(1, "%s", path);
}

/* 512 bytes of a cached regular file. */
static void file_read(void)
{
	char buf[512];

	if (pread(cached, buf, sizeof(buf), 0) != sizeof(buf))
		err(1, "pread");
}

/* A path with two names. */
static void look_up(void)
{
	if (access("/dev/null", F_OK))
		err(1, "/dev/null");
}

static void *end_at_once(void *arg)
{
	return arg;
}

/* Stands for MariaDB's function that carries out a client's command. */
__attribute__((noinline)) int
_Z16dispatch_command19enum_server_commandP3THDPcjb(int command, void *server, const char *packet)
{
	asm volatile("" ::"r"(server), "r"(packet) : "memory");
	return command;
}

/* Stand for interpreters. */
static void call_method(void)
{
	asm volatile(USDT_NOTE_OF("python", "function__entry", "0", "8@%0 8@%1")::"r"("app.py"),
		     "r"("run"));
	asm volatile(USDT_NOTE_OF("python", "function__return", "0", "8@%0 8@%1")::"r"("app.py"),
		     "r"("run"));
}

static void collect_garbage(void)
{
	asm volatile(USDT_NOTE_OF("python", "gc__start", "0", "8@%0")::"r"(2l));
	asm volatile(USDT_NOTE_OF("python", "gc__done", "0", "8@%0")::"r"(7l));
}

static void make_object(void)
{
	asm volatile(USDT_NOTE_OF("tcl", "obj__create", "0", ""));
}

static void run_query(void)
{
	_Z16dispatch_command19enum_server_commandP3THDPcjb(3, nothing, "SELECT 1");
}

/* What needs neither a file nor the network. */
static void resolve(void)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *found;

	if (getaddrinfo("192.0.2.1", NULL, &hints, &found))
		errx(1, "getaddrinfo");
	freeaddrinfo(found);
}

/* These stand for functions of a TLS library, which must have both. */
__attribute__((noinline)) int SSL_read(void *connection, void *data, int n)
{
	asm volatile("" ::"r"(connection), "r"(data) : "memory");
	return n;
}

__attribute__((noinline)) int SSL_write(void *connection, const void *data, int n)
{
	asm volatile("" ::"r"(connection), "r"(data) : "memory");
	return n;
}

static void write_tls(void)
{
	static const char data[100] = "data";

	if (SSL_write((void *)data, data, sizeof(data)) != sizeof(data))
		errx(1, "SSL_write");
}

static void make_thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, end_at_once, NULL) || pthread_join(t, NULL))
		errx(1, "pthread_create");
}

/* Takes and releases the pipe's mutex twice. */
static void move_byte(void)
{
	static int pipes[2];
	char c = 'x';

	if (!pipes[1] && pipe2(pipes, O_CLOEXEC))
		err(1, "pipe");
	if (write(pipes[1], &c, 1) != 1 || read(pipes[0], &c, 1) != 1)
		err(1, "pipe");
}

static uint32_t futex_word;

/* Waits until a time that is over. */
static void wait_for_futex(void)
{
	struct timespec past = { 0, 1 };

	if (!syscall(SYS_futex, &futex_word, FUTEX_WAIT_BITSET, 0, &past, NULL,
		     FUTEX_BITSET_MATCH_ANY) ||
	    errno != ETIMEDOUT)
		err(1, "futex");
}

static void wake_nobody(void)
{
	syscall(SYS_futex, &futex_word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void allocate_and_free(void)
{
	static void *volatile block;

	block = malloc(100);
	free(block);
}

static void take_mutexes(void)
{
	static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER,
			       second = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&first);
	pthread_mutex_lock(&second);
	pthread_mutex_unlock(&second);
	pthread_mutex_unlock(&first);
}

static const struct op {
	const char *name;
	void (*begin)(void);
	void (*once)(void);
} known[] = {
	{ "open", NULL, open_file },
	{ "failed-open", NULL, open_nothing },
	{ "stat", NULL, stat_file },
	{ "lookup", NULL, look_up },
	{ "fsync", NULL, fsync_pipe },
	{ "file", NULL, create_and_delete },
	{ "umount", NULL, umount_nothing },
	{ "pass-fd", unix_open, pass_fd },
	{ "getppid", NULL, call_getppid },
	{ "tty-write", tty_open, tty_line },
	{ "readline", readline_open, type_line },
	{ "exec", NULL, exec_nothing },
	{ "thread", NULL, make_thread },
	{ "query", NULL, run_query },
	{ "method", NULL, call_method },
	{ "collect", NULL, collect_garbage },
	{ "object", NULL, make_object },
	{ "resolve", NULL, resolve },
	{ "tls-write", NULL, write_tls },
	{ "malloc", NULL, allocate_and_free },
	{ "mutexes", NULL, take_mutexes },
	{ "pipe", NULL, move_byte },
	{ "futex", NULL, wait_for_futex },
	{ "futex-wake", NULL, wake_nobody },
	{ "tcp", tcp_open, tcp_move },
	{ "udp", udp_open, udp_move },
	{ "udp-socket", NULL, udp_socket_use },
	{ "connection", tcp_listen, connect_and_close },
	{ "listen", NULL, bind_and_listen },
	{ "chroot", NULL, change_root },
	{ "shm", NULL, get_shm },
	{ "switch", switch_open, switch_twice },
	{ "signal", signal_open, signal_self },
	{ "write", disk_open, disk_write },
	{ "write-fsync", fsync_open, write_and_fsync },
	{ "read-ahead", ahead_open, ahead_read },
	{ "md-flush", array_open, array_flush },
	{ "read", file_open, file_read },
	{ "read-self", self_open, self_read },
	{ "burn", NULL, burn }, /* a million turns */
};

struct cost {
	ns alone, traced; /* of all operations */
	ns tool;
};

static struct todo {
	const struct op *op;
	long n;
	struct cost cost;
} todo[8];
static int todos;

static void plan(char *what)
{
	char *n = strchr(what, '=');

	if (!n || todos == 8)
		errx(2, "%s: not OP=N", what);
	*n++ = 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(known[i].name, what))
			todo[todos].op = &known[i];
	todo[todos].n = atol(n);
	if (!todo[todos].op || todo[todos].n < 1)
		errx(2, "%s=%s: no such operation", what, n);
	todos++;
}

/* The tool */

static struct {
	pid_t pid;
	clockid_t clock;
	int stat; /* kept open: to open it again would be an event */
	ns start, end;
	long rss_kb, peak_kb;
	int status;
} tool;

static ns tool_cpu(void)
{
	return tool.pid ? read_clock(tool.clock) : 0;
}

static void tool_run(char **argv, const char *out, const char *errors)
{
	tool.pid = fork();
	if (!tool.pid) {
		static char pid[16];

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(pid, sizeof(pid), "%d", getppid());
		for (char **arg = argv; *arg; arg++)
			if (!strcmp(*arg, "OPS_PID"))
				*arg = pid;
		if ((out && !freopen(out, "w", stdout)) ||
		    (errors && !freopen(errors, "w", stderr)))
			err(126, "cannot write the output");
		execvp(*argv, argv);
		err(127, "%s", *argv);
	}
	if (tool.pid < 0 || clock_getcpuclockid(tool.pid, &tool.clock))
		err(1, "cannot start %s", *argv);
}

static char tool_state(void)
{
	char line[256], *state;
	ssize_t n = pread(tool.stat, line, sizeof(line) - 1, 0);

	line[n > 0 ? n : 0] = 0;
	state = strrchr(line, ')');
	return state ? state[2] : 'Z';
}

/*
 * Waits until the tool has slept for half a second (it may wake now and then, but must not wait for
 * the disk), for two minutes at most.  Returns what it has spent by then, or -1 if it has ended.
 */
static ns tool_sleeps(void)
{
	ns spent = tool_cpu();

	for (int quiet = 0, i = 0; quiet < 10 && i < 2400; i++) {
		ns before = tool_cpu();

		rest(50000000);
		if (tool_state() == 'Z')
			return -1;
		quiet = tool_state() == 'S' && tool_cpu() - before < 1000000 ? quiet + 1 : 0;
		if (!quiet)
			spent = tool_cpu();
	}
	return spent;
}

/* Once it sleeps, it has started. */
static bool tool_ready(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", tool.pid);
	tool.stat = open(path, O_RDONLY | O_CLOEXEC);
	tool.start = tool_sleeps();
	return tool.start >= 0;
}

/* Resident memory, exact to the page; the number in /proc/PID/status is an estimate. */
static long tool_rss(void)
{
	char path[64], line[256];
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", tool.pid);
	f = fopen(path, "re");
	while (f && kb < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "Rss: %ld", &kb);
	if (f)
		fclose(f);
	return kb;
}

/* The tool's CPU clock can be read until we reap it. */
static void tool_end(void)
{
	ns before = tool_cpu();
	struct rusage usage;
	siginfo_t info;

	kill(tool.pid, SIGINT);
	if (waitid(P_PID, tool.pid, &info, WEXITED | WNOWAIT))
		err(1, "waitid");
	tool.end = tool_cpu() - before;
	wait4(tool.pid, &tool.status, 0, &usage);
	tool.peak_kb = usage.ru_maxrss;
}

/* Measuring */

static ns children_time(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000LL +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000LL;
}

static ns cpu_time(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID) + children_time();
}

static int cpus = 1;

/* Ends when the last processor is done. */
static void on_each_cpu(const struct op *op, long n)
{
	pid_t pids[CPU_SETSIZE];
	cpu_set_t set;

	for (int cpu = 0; cpu < cpus; cpu++) {
		pids[cpu] = fork();
		if (pids[cpu])
			continue;
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		if (sched_setaffinity(0, sizeof(set), &set))
			err(1, "processor %d", cpu);
		while (n--)
			op->once();
		_exit(0);
	}
	for (int cpu = 0, status; cpu < cpus; cpu++)
		if (waitpid(pids[cpu], &status, 0) < 0 || status)
			errx(1, "no operations on processor %d", cpu);
}

/* What n operations cost, or n on each of several processors. */
static ns measure(const struct op *op, long n)
{
	ns before = cpu_time();

	if (cpus > 1)
		on_each_cpu(op, n);
	else
		while (n--)
			op->once();
	return cpu_time() - before;
}

static void measure_traced(struct todo *t)
{
	ns before;

	rest(100000000);
	before = tool_cpu();
	t->cost.traced = measure(t->op, t->n);
	/* If all processors were busy, the tool may still have much to print. */
	if (cpus > 1)
		tool_sleeps();
	else
		rest(200000000);
	t->cost.tool = tool_cpu() - before;
}

int main(int argc, char **argv)
{
	const char *out = NULL, *errors = NULL;
	bool ready = false;
	int c, wait_ms = 0;

	while ((c = getopt(argc, argv, "+c:w:o:e:")) != -1)
		if (c == 'c')
			cpus = atoi(optarg);
		else if (c == 'w')
			wait_ms = atoi(optarg);
		else if (c == 'o')
			out = optarg;
		else if (c == 'e')
			errors = optarg;
		else
			errx(2, "usage: ops [-c CPUS] [-w MS] [-o STDOUT -e STDERR] OP=N... "
				"[-- TOOL...]");
	if (cpus < 1 || cpus > CPU_SETSIZE)
		errx(2, "-c: not a number of processors");
	/* getopt drops the "--" if it comes first, and keeps it after operations */
	for (; optind < argc && strcmp(argv[optind], "--"); optind++)
		plan(argv[optind]);
	snprintf(nothing, sizeof(nothing), "%.*snothing",
		 (int)(strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 - argv[0] : 0), argv[0]);

	for (int i = 0; i < todos; i++) {
		if (todo[i].op->begin)
			todo[i].op->begin();
		measure(todo[i].op, todo[i].n / 10 + 1); /* warm up */
		todo[i].cost.alone = measure(todo[i].op, todo[i].n);
	}
	if (optind < argc - 1) {
		tool_run(argv + optind + 1, out, errors);
		ready = tool_ready();
		for (int i = 0; ready && i < todos; i++)
			measure_traced(&todo[i]);
		tool.rss_kb = tool_rss();
		rest(wait_ms * 1000000LL);
		tool_end();
	}

	printf("{\"ops\":[");
	for (int i = 0; i < todos; i++) {
		const struct todo *t = &todo[i];
		long n = t->n * cpus;

		printf("%s{\"op\":\"%s\",\"n\":%ld,\"alone\":%.1f", i ? "," : "", t->op->name, n,
		       (double)t->cost.alone / n);
		if (ready)
			printf(",\"traced\":%.1f,\"tool\":%.1f", (double)t->cost.traced / n,
			       (double)t->cost.tool / n);
		printf("}");
	}
	printf("]");
	if (tool.pid)
		printf(",\"ready\":%s,\"start\":%lld,\"end\":%lld,\"rss_kb\":%ld,\"peak_kb\":%ld,"
		       "\"status\":%d",
		       ready ? "true" : "false", (long long)tool.start, (long long)tool.end,
		       tool.rss_kb, tool.peak_kb, tool.status);
	printf("}\n");
	return 0;
}
