// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/safe_file.h"
#include "base/nsec.h"
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

/* ---- opening ---- */

/*
 * btrfs, overlayfs and others show one device in mappings and another in stat. If either is such an
 * anonymous device, we compare only the inode.
 */
bool same_file(const struct stat *st, const struct want *w)
{
	return S_ISREG(st->st_mode) && st->st_ino == w->ino &&
	       (st->st_dev == w->dev || !major(st->st_dev) || !major(w->dev));
}

static int open_checked(int path_fd, const struct want *w, struct stat *st)
{
	char self[64];
	int fd = -1;

	st->st_mode = 0;
	if (path_fd < 0)
		return -1;
	if (!fstat(path_fd, st) && S_ISREG(st->st_mode) && (!w || same_file(st, w))) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", path_fd);
		fd = open(self, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	}
	close(path_fd);
	return fd;
}

int safe_open_host(const char *path, const struct want *w, struct stat *st)
{
	return open_checked(open(path, O_PATH | O_CLOEXEC), w, st);
}

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20 /* 5.12 */
#endif

/* Open (O_PATH) a path below the process's root. */
static int path_there(u32 pid, const char *path, u64 resolve)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve };
	char root[64];
	int dir, fd;

	snprintf(root, sizeof(root), "/proc/%u/root", pid);
	dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -1;
	fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	close(dir);
	return fd;
}

int safe_open_in_process(u32 pid, const char *path, const struct want *w, struct stat *st)
{
	return open_checked(path_there(pid, path, 0), w, st);
}

static void mapped_link(char link[128], u32 pid, u64 start, u64 end)
{
	snprintf(link, 128, "/proc/%u/map_files/%llx-%llx", pid, start, end);
}

int open_mapped(u32 pid, u64 start, u64 end, const struct want *w, struct stat *st)
{
	char link[128];

	mapped_link(link, pid, start, end);
	return safe_open_host(link, w, st);
}

int hold_mapped(u32 pid, u64 start, u64 end, const char *path, const struct want *w)
{
	char link[128];
	struct statx x;
	int fd;

	mapped_link(link, pid, start, end);
	fd = open(link, O_PATH | O_CLOEXEC);
	if (fd < 0)
		fd = path_there(pid, path, RESOLVE_CACHED);
	if (fd < 0)
		return -1;
	if (!statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &x)) {
		struct stat st = { .st_mode = x.stx_mode,
				   .st_ino = x.stx_ino,
				   .st_dev = makedev(x.stx_dev_major, x.stx_dev_minor) };

		if (same_file(&st, w))
			return fd;
	}
	close(fd);
	return -1;
}

int open_held(int held, const struct want *w, struct stat *st)
{
	return open_checked(held, w, st);
}

bool is_unchanged(int fd, const struct stat *st, u64 generation, u64 mapped)
{
	struct timespec tick = { 0 };
	int now = 0;

	if (generation && !ioctl(fd, FS_IOC_GETVERSION, &now)) {
		if ((u32)now != generation)
			return false;
		if ((u64)ts_ns(&st->st_mtim) <= mapped)
			return true;
	}
	/* A file's timestamps can be as old as the last tick, and on a busy machine ticks are late. */
	clock_getres(CLOCK_REALTIME_COARSE, &tick);
	return (u64)ts_ns(&st->st_ctim) + 3 * ts_ns(&tick) <= mapped;
}

/* ---- the budget ---- */

/* Processes choose what they map, and how many files that is. */
#define WINDOW_NS (30000 * MS)
#define MAX_CPU   (5000 * MS)  /* of a window */
#define MAX_TIME  (15000 * MS) /* that passes, as a file server can be slow */
#define MAX_BYTES (1ull << 30)

static struct {
	u64 began;
	u64 cpu, time, bytes;      /* spent */
	u64 cpu_since, time_since; /* when the current reading began, or 0 */
	u64 most;                  /* bytes */
	u32 reads;
} window = { .most = MAX_BYTES };

static void account(void)
{
	u64 cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID), now = clock_ns(CLOCK_MONOTONIC_COARSE);

	if (!window.time_since)
		return;
	window.cpu += cpu - window.cpu_since;
	window.time += now - window.time_since;
	window.cpu_since = cpu;
	window.time_since = now;
}

static bool all_spent(void)
{
	return window.cpu >= MAX_CPU || window.time >= MAX_TIME || window.bytes >= window.most;
}

void budget_warn(void)
{
	static bool said;

	if (!said)
		warnx("reading symbols takes too long: some functions have no names");
	said = true;
}

bool budget_left(void)
{
	u64 now = clock_ns(CLOCK_MONOTONIC_COARSE);

	account();
	if (!window.began || now - window.began > WINDOW_NS) {
		window.began = now;
		window.cpu = window.time = window.bytes = 0;
	}
	if (!all_spent())
		return true;
	budget_warn();
	return false;
}

void budget_begin(void)
{
	window.cpu_since = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	window.time_since = clock_ns(CLOCK_MONOTONIC_COARSE);
}

void budget_end(void)
{
	account();
	window.time_since = 0;
}

u64 budget_bytes(void)
{
	return budget_left() ? window.most - window.bytes : 0;
}

void budget_set(u64 bytes)
{
	window.began = 0;
	window.most = bytes;
}

/* May N more bytes be read? Looking at the clock costs as much as reading a little. */
bool budget_take(u64 n)
{
	if (n > window.most - window.bytes) {
		window.bytes = window.most;
		return budget_left();
	}
	window.bytes += n;
	return ++window.reads % 64 && !all_spent() ? true : budget_left();
}

/* ---- reading ---- */

size_t src_read_some(const struct src *s, u64 off, void *buf, size_t n)
{
	size_t done = 0;

	if (off >= s->size)
		return 0;
	if (n > s->size - off)
		n = s->size - off;
	if (s->mem) {
		memcpy(buf, s->mem + off, n);
		return n;
	}
	if (!budget_take(n))
		return 0;
	while (done < n) {
		ssize_t got = pread(s->fd, (char *)buf + done, n - done, off + done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += got;
	}
	return done;
}

bool src_read(const struct src *s, u64 off, void *buf, size_t n)
{
	return off <= s->size && n <= s->size - off && src_read_some(s, off, buf, n) == n;
}

char *src_copy(const struct src *s, u64 off, u64 n, u64 most)
{
	char *copy;

	if (n > most || off > s->size || n > s->size - off)
		return NULL;
	if (!s->mem && n > budget_bytes()) { /* don't even ask for the memory */
		window.bytes = window.most;
		budget_left();
		return NULL;
	}
	copy = malloc(n + 1);
	if (!copy)
		return NULL;
	if (!src_read(s, off, copy, n)) {
		free(copy);
		return NULL;
	}
	copy[n] = '\0';
	return copy;
}
