// SPDX-License-Identifier: BSD-2-Clause
#include "foreign.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/*
 * btrfs, overlayfs and others report one device in mappings and another in stat: if either is
 * such an anonymous device the inode alone must do.
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

int open_here(const char *path, const struct want *w, struct stat *st)
{
	return open_checked(open(path, O_PATH | O_CLOEXEC), w, st);
}

int open_there(uint32_t pid, const char *path, const struct want *w, struct stat *st)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	char root[64];
	int dir, fd;

	snprintf(root, sizeof(root), "/proc/%u/root", pid);
	dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -1;
	fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	close(dir);
	return open_checked(fd, w, st);
}

int open_mapped(uint32_t pid, uint64_t start, uint64_t end, const struct want *w, struct stat *st)
{
	char link[128];

	snprintf(link, sizeof(link), "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, pid, start, end);
	return open_here(link, w, st);
}
