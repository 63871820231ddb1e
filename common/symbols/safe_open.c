// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/safe_open.h"
#include "base/nsec.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

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

	/* A file's timestamps can be as old as the last tick. */
	clock_getres(CLOCK_REALTIME_COARSE, &tick);
	if ((u64)ts_ns(&st->st_ctim) + ts_ns(&tick) <= mapped)
		return true;
	return generation && !ioctl(fd, FS_IOC_GETVERSION, &now) && (u32)now == generation &&
	       (u64)ts_ns(&st->st_mtim) <= mapped;
}
