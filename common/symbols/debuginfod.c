// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/debuginfod.h"
#include "base/priv.h"
#include "base/user.h"
#include <dlfcn.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_ASKED 1024         /* files that have not been answered */
#define MAX_SIZE  "1073741824" /* bytes of one file, unless DEBUGINFOD_MAXSIZE says otherwise */

/* A request is a build ID. Its answer is the same, with the file's descriptor; the first one has no ID. */
static int sock = -1;

/* ---- the process that fetches ---- */

struct debuginfod_client;
static struct {
	struct debuginfod_client *(*begin)(void);
	int (*find)(struct debuginfod_client *, const unsigned char *id, int n, char **path);
	void (*progress)(struct debuginfod_client *,
			 int (*)(struct debuginfod_client *, long, long));
} lib;

static bool library_open(void)
{
#ifndef STATIC
	void *l = dlopen("libdebuginfod.so.1", RTLD_NOW | RTLD_LOCAL);

	if (l) {
		*(void **)&lib.begin = dlsym(l, "debuginfod_begin");
		*(void **)&lib.find = dlsym(l, "debuginfod_find_debuginfo");
		*(void **)&lib.progress = dlsym(l, "debuginfod_set_progressfn");
	}
#endif
	return lib.begin && lib.find && lib.progress;
}

/* Stops when nobody waits for the file any more. */
static int on_progress(struct debuginfod_client *c, long a, long b)
{
	struct pollfd p = { .fd = sock };

	(void)c;
	(void)a;
	(void)b;
	return poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR);
}

static bool send_answer(const u8 *id, size_t n, int fd)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)id, .iov_len = n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		control.h = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
					      .cmsg_type = SCM_RIGHTS,
					      .cmsg_len = CMSG_LEN(sizeof(int)) };
		memcpy(CMSG_DATA(&control.h), &fd, sizeof(fd));
		m.msg_control = &control;
		m.msg_controllen = sizeof(control);
	}
	return sendmsg(sock, &m, MSG_NOSIGNAL) == (ssize_t)n;
}

/* By sudo(8), root is somebody else: files are fetched and kept as theirs. */
static bool become_caller(void)
{
	const char *uid = getenv("SUDO_UID"), *gid = getenv("SUDO_GID");
	char *end;
	unsigned long u, g;
	const struct passwd *p;

	if (geteuid() || !uid || !gid)
		return true;
	u = strtoul(uid, &end, 10);
	if (*end || !u || u >= UINT_MAX)
		return true;
	g = strtoul(gid, &end, 10);
	if (*end || g >= UINT_MAX)
		return true;
	p = user_of(u);
	if (!p)
		return true;
	if (setgroups(0, NULL) || setresgid(g, g, g) || setresuid(u, u, u))
		return false;
	unsetenv("XDG_CACHE_HOME");
	return !setenv("HOME", p->pw_dir, 1);
}

/* Make the folder where the library keeps files, and those above it. */
static const char *cache_folder(void)
{
	static char path[PATH_MAX];
	const char *own = getenv("DEBUGINFOD_CACHE_PATH"), *xdg = getenv("XDG_CACHE_HOME"),
		   *home = getenv("HOME");
	int n;

	if (own && *own)
		n = snprintf(path, sizeof(path), "%s", own);
	else if (xdg && *xdg)
		n = snprintf(path, sizeof(path), "%s/debuginfod_client", xdg);
	else
		n = snprintf(path, sizeof(path), "%s/.cache/debuginfod_client", home ?: "");
	if (n >= (int)sizeof(path) || *path != '/')
		return NULL;
	for (char *s = strchr(path + 1, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		mkdir(path, 0700);
		*s = '/';
	}
	mkdir(path, 0700);
	return setenv("DEBUGINFOD_CACHE_PATH", path, 1) ? NULL : path;
}

static void fetch_main(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	struct debuginfod_client *client;
	const char *cache;
	u8 id[DEBUG_ID];
	ssize_t n;
	bool good;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		signal(ignored[i], SIG_IGN);
	prctl(PR_SET_NAME, "debuginfod-get");
	/* The tool's BPF objects, files and output are none of its business. */
	if (dup2(sock, 3) != 3)
		_exit(1);
	sock = 3;
	syscall(SYS_close_range, 4, ~0u, 0);
	for (int fd = 0; fd < 3; fd++) {
		close(fd);
		if (open("/dev/null", O_RDWR) != fd)
			_exit(1);
	}
	if (!become_caller() || !(cache = cache_folder()))
		_exit(1);
	setenv("DEBUGINFOD_MAXSIZE", MAX_SIZE, 0);
	priv_drop_all(cache);
	good = library_open() && (client = lib.begin());
	if (!good || !send_answer((const u8 *)"", 1, -1))
		_exit(1);
	lib.progress(client, on_progress);
	while ((n = recv(sock, id, sizeof(id), 0)) > 0) {
		int fd = lib.find(client, id, n, NULL);

		if (!send_answer(id, n, fd))
			break;
		if (fd >= 0)
			close(fd);
	}
	_exit(0);
}

/* ---- the tool ---- */

static struct request {
	u8 id[DEBUG_ID];
	u8 n;
	bool sent;
} asked[MAX_ASKED];
static size_t n_asked;
static bool works;

void debuginfod_start(void)
{
	const char *urls = secure_getenv("DEBUGINFOD_URLS");
	int both[2];
	pid_t pid;

	if (sock >= 0 || !urls || !urls[strspn(urls, " ")])
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, both)) {
		warn("debug files can't be fetched");
		return;
	}
	pid = fork();
	if (!pid) {
		sock = both[1];
		fetch_main();
	}
	close(both[1]);
	if (pid > 0)
		sock = both[0];
	else
		close(both[0]);
}

int debuginfod_fd(void)
{
	return sock;
}

size_t debuginfod_open(void)
{
	return n_asked;
}

static void send_requests(void)
{
	for (size_t i = 0; i < n_asked; i++)
		if (!asked[i].sent) {
			asked[i].sent = send(sock, asked[i].id, asked[i].n,
					     MSG_DONTWAIT | MSG_NOSIGNAL) == asked[i].n;
			if (!asked[i].sent)
				return; /* later: the other end has much to do */
		}
}

bool debuginfod_ask(const u8 *id, size_t n)
{
	if (sock < 0 || !n || n > DEBUG_ID || n_asked == MAX_ASKED)
		return false;
	memcpy(asked[n_asked].id, id, n);
	asked[n_asked].n = n;
	asked[n_asked++].sent = false;
	send_requests();
	return true;
}

/* The other process has gone. */
static bool give_up(void)
{
	warnx("%s", works ? "no more debug files can be fetched" :
#ifdef STATIC
			  "DEBUGINFOD_URLS is set, but this static program can't fetch debug files"
#else
			  "DEBUGINFOD_URLS is set, but libdebuginfod.so.1 is not there or can't "
			  "keep files"
#endif
	);
	close(sock);
	sock = -1;
	n_asked = 0;
	return false;
}

/* Forget what was answered. False if it was not asked for. */
static bool answered(const u8 *id, size_t n)
{
	for (size_t i = 0; i < n_asked; i++)
		if (asked[i].n == n && !memcmp(asked[i].id, id, n)) {
			asked[i] = asked[--n_asked];
			return true;
		}
	return false;
}

bool debuginfod_next(struct debuginfod_answer *a)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} control;

	while (sock >= 0) {
		struct iovec iov = { .iov_base = a->id, .iov_len = sizeof(a->id) };
		struct msghdr m = { .msg_iov = &iov,
				    .msg_iovlen = 1,
				    .msg_control = &control,
				    .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(sock, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		struct cmsghdr *h = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			send_requests();
			return false;
		}
		if (n <= 0)
			return give_up();
		a->n = n;
		a->fd = -1;
		if (h && h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_RIGHTS &&
		    h->cmsg_len == CMSG_LEN(sizeof(int)))
			memcpy(&a->fd, CMSG_DATA(h), sizeof(a->fd));
		if (answered(a->id, a->n))
			return true;
		works = true; /* it is the first one, which has no ID */
		if (a->fd >= 0)
			close(a->fd);
	}
	return false;
}
