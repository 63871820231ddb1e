// SPDX-License-Identifier: BSD-2-Clause
/*
 * subvols EXPECTED make DIR	DIR/one and DIR/two, subvolumes of btrfs
 * subvols EXPECTED rw DIR	5 reads of a file in one, 50 in two: [name,reads]
 * subvols EXPECTED life DIR	a file in each, which lives for at least 100 and 300 ms: [name,ms]
 * subvols EXPECTED gone DIR	deletes both, by ioctl(2) and by rmdir(2): [pid,name]
 *
 * The files have the same inode number and the same generation.
 */
#include "work.h"
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *dir;

static void must(bool ok, const char *what)
{
	if (!ok)
		err(1, "%s", what);
}

static void subvolume(unsigned long request, const char *name)
{
	struct btrfs_ioctl_vol_args args = {};
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	strcpy(args.name, name);
	must(fd >= 0 && !ioctl(fd, request, &args), name);
	close(fd);
}

static const char *path(const char *in, const char *name)
{
	static char p[600];

	snprintf(p, sizeof(p), "%s/%s/%s", dir, in, name);
	return p;
}

static int make(const char *in, const char *name)
{
	int fd = open(path(in, name), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);

	must(fd >= 0, name);
	return fd;
}

static void same_identity(int a, int b)
{
	struct stat x, y;
	long version_a = 0, version_b = 0;

	must(!fstat(a, &x) && !fstat(b, &y), "fstat");
	must(!ioctl(a, FS_IOC_GETVERSION, &version_a) && !ioctl(b, FS_IOC_GETVERSION, &version_b),
	     "FS_IOC_GETVERSION");
	if (x.st_ino != y.st_ino || version_a != version_b)
		errx(1, "these files differ: numbers %lu and %lu, generations %ld and %ld",
		     (long)x.st_ino, (long)y.st_ino, version_a, version_b);
}

static void reads(void)
{
	int one = make("one", "in_one"), two = make("two", "in_two");
	char c = 0;

	must(write(one, &c, 1) == 1 && write(two, &c, 1) == 1, "write");
	same_identity(one, two);
	for (int i = 0; i < 55; i++)
		must(pread(i < 5 ? one : two, &c, 1, 0) == 1, "pread");
	expect("[\"in_one\",5]");
	expect("[\"in_two\",50]");
}

static void live(void)
{
	int one = make("one", "life_one"), two = make("two", "life_two");

	same_identity(one, two);
	close(one);
	close(two);
	usleep(100000);
	must(!unlink(path("one", "life_one")), "unlink");
	expect("[\"life_one\",100]");
	usleep(200000);
	must(!unlink(path("two", "life_two")), "unlink");
	expect("[\"life_two\",300]");
}

static void gone(void)
{
	char two[512];

	subvolume(BTRFS_IOC_SNAP_DESTROY, "one");
	expect("[%d,\"one\"]", getpid());
	snprintf(two, sizeof(two), "%s/two", dir);
	must(!rmdir(two), two);
	expect("[%d,\"two\"]", getpid());
}

int main(int argc, char **argv)
{
	if (argc != 4)
		errx(2, "usage: subvols EXPECTED make|rw|life|gone DIR");
	expect_to(argv[1]);
	dir = argv[3];
	if (!strcmp(argv[2], "make")) {
		subvolume(BTRFS_IOC_SUBVOL_CREATE, "one");
		subvolume(BTRFS_IOC_SUBVOL_CREATE, "two");
	} else if (!strcmp(argv[2], "rw")) {
		reads();
	} else if (!strcmp(argv[2], "life")) {
		live();
	} else {
		gone();
	}
	return 0;
}
