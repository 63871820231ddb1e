// SPDX-License-Identifier: BSD-2-Clause
/*
 * mdflushes EXPECTED ARRAY DISK DISK [NAME N]...
 *
 * Makes of the disks a RAID 1 called ARRAY (md_something), without anything written to them; then for each
 * NAME a child of this name flushes it N times.  Writes a line for each: [PID,NAME,ARRAY].
 */
#include "work.h"
#include <fcntl.h>
#include <linux/major.h>
#include <linux/raid/md_p.h>
#include <linux/raid/md_u.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define NEW_ARRAY "/sys/module/md_mod/parameters/new_array"

/* Through a node that is gone once it is open. */
static int array_open(const char *name, const char *node)
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
	unlink(node);
	return fd;
}

static void array_run(int fd, char **disks)
{
	mdu_array_info_t info = { .level = 1, .nr_disks = 2, .raid_disks = 2, .not_persistent = 1 };

	info.state = 1 << MD_SB_CLEAN;
	if (ioctl(fd, SET_ARRAY_INFO, &info))
		err(1, "SET_ARRAY_INFO");
	for (int i = 0; i < 2; i++) {
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

static void flush(int fd, const char *array, const char *name, int n)
{
	if (!fork()) {
		prctl(PR_SET_NAME, name);
		while (n--) {
			if (fsync(fd))
				err(1, "fsync");
			expect("[%d,\"%s\",\"%s\"]", getpid(), name, array);
		}
		exit(0);
	}
	wait(NULL);
}

int main(int argc, char **argv)
{
	char node[256];
	int fd;

	if (argc < 5)
		errx(2, "usage: mdflushes EXPECTED ARRAY DISK DISK [NAME N]...");
	expect_to(argv[1]);
	snprintf(node, sizeof(node), "%s.node", argv[1]);
	fd = array_open(argv[2], node);
	if (fd < 0)
		err(1, "%s", node);
	array_run(fd, argv + 3);
	for (int i = 5; i + 1 < argc; i += 2)
		flush(fd, argv[2], argv[i], atoi(argv[i + 1]));
	if (ioctl(fd, STOP_ARRAY, NULL))
		err(1, "STOP_ARRAY");
	close(fd);
	return 0;
}
