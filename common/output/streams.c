// SPDX-License-Identifier: BSD-2-Clause
#include "output/streams.h"
#include "base/priv.h"
#include "lib/types.h"
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 1000 /* to wait for a reader that takes nothing, once the tool is ending */
#define RETRY_MS    50   /* to see whether somebody reads a FIFO by now */
#define MAX_WATCHED 4

/*
 * O_NONBLOCK belongs to the open file, which others share, such as a shell's terminal, or a pipe that the
 * next command also writes to.  So we never set it there, but open the file a second time.
 */
struct stream {
	int fd; /* -1: a FIFO that nobody has opened for reading yet */
	const char *path;
	enum {
		DIRECT,  /* a write doesn't wait for a reader: a file, /dev/null */
		OWN,     /* opened again, with O_NONBLOCK */
		SOCKET,  /* can't be opened again; MSG_DONTWAIT does the same */
		SHARED,  /* can't be opened again: poll() promises room for one small write */
		UNKNOWN, /* not checked yet: writes block */
	} how;
	size_t most; /* bytes in one write */
	bool gone, stalled;
	int error; /* of the last write, other than EPIPE */
};

static struct stream out = { .fd = STDOUT_FILENO, .how = UNKNOWN, .most = SSIZE_MAX };
static struct stream errors = { .fd = STDERR_FILENO, .how = UNKNOWN, .most = SSIZE_MAX };
static struct pollfd watched[MAX_WATCHED + 1]; /* the first place is for the stream */
static size_t n_watched;
static bool ending;

static void check_stdout(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return;
	warn("write error");
	fflush(NULL);
	_exit(1);
}

void streams_init(void)
{
	/* open() returns the lowest free number, which is this one. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			_exit(1);
	atexit(check_stdout);
}

static void open_again(struct stream *s)
{
	struct stat st;
	char path[32];
	int fd;

	if (s->how != UNKNOWN)
		return;
	s->how = DIRECT;
	if (fstat(s->fd, &st))
		return;
	if (S_ISSOCK(st.st_mode)) {
		s->how = SOCKET;
		return;
	}
	if (!S_ISFIFO(st.st_mode) && !isatty(s->fd))
		return;
	s->how = SHARED;
	s->most = S_ISFIFO(st.st_mode) ? PIPE_BUF : 256;
	/* Opening /dev/ptmx would create another terminal. */
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->fd);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	s->fd = fd;
	s->how = OWN;
	s->most = SSIZE_MAX;
}

static int open_new(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0666);
}

struct stream *stream_new(const char *path)
{
	struct stream *s = calloc(1, sizeof(*s));
	struct stat st;

	if (!s)
		err(1, NULL);
	*s = (struct stream){ .fd = open_new(path), .path = path, .how = OWN, .most = SSIZE_MAX };
	if (s->fd < 0 && (errno != ENXIO || stat(path, &st) || !S_ISFIFO(st.st_mode)))
		err(1, "%s", path);
	if (s->fd < 0) { /* it is opened later */
		char *copy = strdup(path), *dir = copy ? dirname(copy) : NULL;

		if (!dir)
			err(1, NULL);
		priv_writes(dir);
	}
	return s;
}

/* True once the stream can take something; false if a watched file is readable, or we give up. */
static bool wait_for(struct stream *s)
{
	int waited = 0;

	for (;;) {
		int ms = s->fd < 0 ? RETRY_MS : ending ? PATIENCE_MS : -1, n;

		if (s->fd < 0 && (s->fd = open_new(s->path)) >= 0)
			return true;
		watched[0] = (struct pollfd){ s->fd, POLLOUT, 0 };
		n = poll(watched, ending ? 1 : n_watched + 1, ms);
		waited += ms;
		if (n > 0) {
			for (size_t i = 1; i <= n_watched && !ending; i++)
				if (watched[i].revents)
					return false;
			return true;
		}
		if (!n && ending && waited >= PATIENCE_MS) {
			s->gone = s->stalled = true;
			return false;
		}
		if (n < 0 && errno != EINTR)
			err(1, "poll");
	}
}

/* Less than N means an error, too. */
size_t stream_write(struct stream *s, const char *p, size_t n)
{
	size_t done = 0;

	while (done < n && !s->gone) {
		size_t some = n - done < s->most ? n - done : s->most;
		ssize_t k;

		if ((s->how == SHARED || s->fd < 0) && !wait_for(s))
			break;
		k = s->how == SOCKET ? send(s->fd, p + done, some, MSG_DONTWAIT | MSG_NOSIGNAL)
				     : write(s->fd, p + done, some);
		if (k >= 0) {
			done += k;
		} else if (errno == EAGAIN) {
			if (!wait_for(s))
				break;
		} else if (errno == EPIPE) {
			s->gone = true;
		} else if (errno != EINTR) {
			s->error = errno;
			break;
		}
	}
	return done;
}

#ifdef __GLIBC__
/* Messages that can't be written are dropped: there is nowhere left to report that. */
static ssize_t write_errors(void *stream, const char *p, size_t n)
{
	stream_write(stream, p, n);
	return n;
}

static void guard_stderr(void)
{
	static char line[1024];
	FILE *f = fopencookie(&errors, "w", (cookie_io_functions_t){ .write = write_errors });

	if (!f)
		err(1, NULL);
	setvbuf(f, line, _IOLBF, sizeof(line));
	stderr = f;
}
#else
/* If stderr can't be reopened: what its reader doesn't take at once is dropped. */
static void guard_stderr(void)
{
	if (errors.how == OWN)
		dup2(errors.fd, STDERR_FILENO);
}
#endif

void streams_watch(const int *fds, size_t n)
{
	for (n_watched = 0; n_watched < n && n_watched < MAX_WATCHED; n_watched++)
		watched[n_watched + 1] = (struct pollfd){ fds[n_watched], POLLIN, 0 };
	open_again(&out);
	open_again(&errors);
	if (errors.how != DIRECT)
		guard_stderr();
}

void streams_last(void)
{
	ending = true;
}

size_t stdout_write(const char *p, size_t n)
{
	size_t done = stream_write(&out, p, n);

	if (out.error) {
		errno = out.error;
		err(1, "write error");
	}
	return done;
}

int stream_error(const struct stream *s)
{
	return s->error ?: s->gone && !s->stalled ? EPIPE : 0;
}

bool stream_stalled(const struct stream *s)
{
	return s->stalled;
}

bool stdout_gone(void)
{
	return out.gone;
}

bool stdout_stalled(void)
{
	return out.stalled;
}

bool stdout_ready(void)
{
	return !out.gone && (out.how == DIRECT || wait_for(&out));
}
