/* SPDX-License-Identifier: BSD-2-Clause */
/* An md array (RAID 1) of given disks, without anything written to them. */
#pragma once
#include <err.h>
#include <fcntl.h>
#include <linux/major.h>
#include <linux/raid/md_p.h>
#include <linux/raid/md_u.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define NEW_ARRAY "/sys/module/md_mod/parameters/new_array"

/*
 * Make the array NAME (md_something), and open it.  NODE, through which it is opened, is deleted
 * again.
 */
static inline int md_open(const char *name, const char *node)
{
	unsigned int maj, min;
	char path[128];
	FILE *f = fopen(NEW_ARRAY, "we");
	int fd;

	if (!f || fputs(name, f) < 0 || fclose(f))
		err(1, NEW_ARRAY);
	snprintf(path, sizeof(path), "/sys/block/%s/dev", name);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%u:%u", &maj, &min) != 2)
		err(1, "%s", path);
	fclose(f);
	if (mknod(node, S_IFBLK | 0600, makedev(maj, min)))
		err(1, "%s", node);
	fd = open(node, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		err(1, "%s", node);
	unlink(node);
	return fd;
}

static inline void md_run(int fd, char **disks, int n)
{
	mdu_array_info_t info = { .level = 1, .nr_disks = n, .raid_disks = n, .not_persistent = 1 };

	info.state = 1 << MD_SB_CLEAN;
	if (ioctl(fd, SET_ARRAY_INFO, &info))
		err(1, "SET_ARRAY_INFO");
	for (int i = 0; i < n; i++) {
		mdu_disk_info_t disk = { .number = i, .raid_disk = i };
		struct stat st;

		if (stat(disks[i], &st))
			err(1, "%s", disks[i]);
		disk.major = major(st.st_rdev);
		disk.minor = minor(st.st_rdev);
		disk.state = 1 << MD_DISK_ACTIVE | 1 << MD_DISK_SYNC;
		if (ioctl(fd, ADD_NEW_DISK, &disk))
			err(1, "ADD_NEW_DISK");
	}
	if (ioctl(fd, RUN_ARRAY, NULL))
		err(1, "RUN_ARRAY");
}

static inline void md_stop(int fd)
{
	if (ioctl(fd, STOP_ARRAY, NULL))
		err(1, "STOP_ARRAY");
	close(fd);
}
