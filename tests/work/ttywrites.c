// SPDX-License-Identifier: BSD-2-Clause
/*
 * ttywrites hold NAME SCREEN	makes a terminal, writes its path to NAME, and all that arrives at it to SCREEN
 * ttywrites EXPECTED TERMINAL HOLDER [bulk]	writes to a terminal in every way; HOLDER is the PID of the former
 *
 * Writes [pid,bytes,"data"] for each write; of long ones "data" is null.
 */
#include "work.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

static volatile sig_atomic_t asleep, ending;

static void on_signal(int sig)
{
	if (sig == SIGTERM)
		ending = 1;
	else
		asleep = sig == SIGUSR1;
}

static int hold(const char *name, const char *screen)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK), slave, out;
	struct sigaction sa = { .sa_handler = on_signal };
	struct termios t;
	char buf[65536];
	FILE *f;

	out = open(screen, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (master < 0 || out < 0 || grantpt(master) || unlockpt(master))
		err(1, "cannot get a terminal");
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	if (slave < 0 || tcgetattr(slave, &t))
		err(1, "%s", ptsname(master));
	cfmakeraw(&t); /* or else a newline becomes two characters */
	tcsetattr(slave, TCSANOW, &t);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	f = fopen(name, "w");
	fprintf(f, "%s\n", ptsname(master));
	fclose(f);
	for (;;) {
		struct pollfd p = { master, POLLIN, 0 };
		ssize_t n;

		if (asleep) {
			poll(NULL, 0, 1);
			continue;
		}
		n = read(master, buf, sizeof(buf));
		if (n > 0 && write(out, buf, n) != n)
			err(1, "%s", screen);
		if (n > 0)
			continue;
		if (ending)
			return 0;
		poll(&p, 1, 20);
	}
}

static int tty;

static void expect_write(ssize_t n, const char *data)
{
	if (n < 0)
		err(1, "cannot write");
	if (data)
		expect("[%d,%zd,\"%s\"]", getpid(), n, data);
	else
		expect("[%d,%zd,null]", getpid(), n);
}

static void vectors(int segments, size_t size)
{
	struct iovec v[1024];
	char *all = malloc(segments * size + 1);

	for (int i = 0; i < segments; i++) {
		v[i] = (struct iovec){ all + i * size, i % 7 == 6 ? 0 : size };
		for (size_t j = 0; j < size; j++)
			all[i * size + j] = i + j * 31;
	}
	expect_write(writev(tty, v, segments), NULL);
	free(all);
}

static void pages(const char *terminal)
{
	char path[] = "/tmp/ttywrites.XXXXXX", text[10000];
	int file = mkstemp(path), out;

	memset(text, 'p', sizeof(text));
	text[9999] = '\n';
	if (file < 0 || unlink(path) || write(file, text, sizeof(text)) != sizeof(text))
		err(1, "%s", path);
	out = open(terminal, O_WRONLY | O_NOCTTY);
	lseek(file, 0, SEEK_SET);
	while (sendfile(out, file, NULL, sizeof(text)) > 0)
		;
	close(out);
	close(file);
}

/* The reader sleeps, so that not everything has room. */
static void partial(pid_t holder)
{
	static char much[1 << 20];
	ssize_t n;

	for (size_t i = 0; i < sizeof(much); i++)
		much[i] = i * 7 ^ i >> 8;
	kill(holder, SIGUSR1);
	poll(NULL, 0, 100);
	fcntl(tty, F_SETFL, O_RDWR | O_NONBLOCK);
	n = write(tty, much, sizeof(much));
	if (n == sizeof(much))
		errx(1, "the terminal has taken a megabyte at once");
	expect_write(n, NULL);
	n = write(tty, "x", 1); /* no room: EAGAIN, or one byte */
	if (n == 1)
		expect_write(n, "x");
	fcntl(tty, F_SETFL, O_RDWR);
	kill(holder, SIGUSR2);
}

int main(int argc, char **argv)
{
	char all[256], *big;
	size_t size = 200000;
	struct iovec v[3] = { { "one ", 4 }, { "two ", 4 }, { "three", 5 } };
	const char *unread;
	int fd;

	if (argc == 4 && !strcmp(argv[1], "hold"))
		return hold(argv[2], argv[3]);
	if (argc < 4)
		errx(2, "usage: ttywrites EXPECTED TERMINAL HOLDER");
	prctl(PR_SET_NAME, "tty writer");
	expect_to(argv[1]);
	setsid();
	tty = open(argv[2], O_RDWR);
	if (tty < 0)
		err(1, "%s", argv[2]);
	expect_write(write(tty, "hello\n", 6), "hello\\n");
	expect_write(writev(tty, v, 3), "one two three");
	/* By the name that everybody has for their own terminal. */
	fd = open("/dev/tty", O_WRONLY);
	if (fd < 0)
		err(1, "/dev/tty");
	expect_write(write(fd, "secret: ", 8), "secret: ");
	close(fd);
	/* Memory that nobody has touched yet. */
	unread = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, open(argv[0], O_RDONLY), 0);
	expect_write(write(tty, unread, 4), "\\u007fELF");
	for (int i = 0; i < 256; i++)
		all[i] = i;
	expect_write(write(tty, all, 256), NULL);
	/* Pipes and files are not terminals. */
	fd = open("/dev/null", O_WRONLY);
	if (write(fd, "nothing", 7) != 7)
		err(1, "/dev/null");
	if (argc > 4) {
		vectors(1024, 1);
		vectors(1024, 40);
		vectors(20, 30000);
		big = malloc(size);
		for (size_t i = 0; i < size; i++)
			big[i] = i * 13 ^ i >> 7;
		for (size_t done = 0; done < size;) {
			ssize_t n = write(tty, big + done, size - done);

			expect_write(n, NULL);
			done += n;
		}
		pages(argv[2]);
		partial(atoi(argv[3]));
	}
	/* The end of a session hangs up its terminal, and what is on its way would be lost. */
	signal(SIGHUP, SIG_IGN);
	ioctl(tty, TIOCNOTTY);
	return 0;
}
