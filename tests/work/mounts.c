// SPDX-License-Identifier: BSD-2-Clause
/*
 * mounts EXPECTED DIR	each way to mount and unmount, and some that fail
 *
 * Writes what mountsnoop must print, in its words: PID TID MNT_NS CALL.
 */
#include "rare.h"
#include "work.h"
#include <fcntl.h>
#include <linux/mount.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Not <sys/mount.h>: with some C libraries, it and <linux/mount.h> define the same names. */
static unsigned int ns;

/* The call that CALL describes returned RET, or failed with the error called NAME. */
static long did(long ret, const char *name, const char *call)
{
	if ((ret < 0) != (name != NULL))
		err(1, "%s", call);
	if (name)
		expect("%d %ld %u %s = -%s", getpid(), syscall(SYS_gettid), ns, call, name);
	else
		expect("%d %ld %u %s = %ld", getpid(), syscall(SYS_gettid), ns, call, ret);
	return ret;
}

static void find_ns(void)
{
	struct stat st;

	if (stat("/proc/self/ns/mnt", &st))
		err(1, "/proc/self/ns/mnt");
	ns = st.st_ino;
}

static void old_calls(void)
{
	did(syscall(SYS_mount, "source", "m", "tmpfs", MS_NOSUID | MS_RDONLY | 0xc0ed0000,
		    "size=64k,mode=0700"),
	    NULL,
	    "mount(\"source\", \"m\", \"tmpfs\", MS_MGC_VAL|MS_RDONLY|MS_NOSUID, "
	    "\"size=64k,mode=0700\")");
	did(syscall(SYS_mount, "m", "b", NULL, MS_BIND, NULL), NULL,
	    "mount(\"m\", \"b\", \"\", MS_BIND, \"\")");
	did(syscall(SYS_mount, "none", "b", 8, MS_REMOUNT | MS_BIND | MS_NOATIME, NULL), "EFAULT",
	    "mount(\"none\", \"b\", \"\", MS_REMOUNT|MS_NOATIME|MS_BIND, \"\")");
	did(syscall(SYS_mount, "a\033\n\xff\"\\", "/no/such", "tmp\tfs", 0, "\a\b\v\f\r\x7f"),
	    "ENOENT",
	    "mount(\"a\\x1b\\n\\xff\\\"\\\\\", \"/no/such\", \"tmp\\tfs\", 0x0, "
	    "\"\\a\\b\\v\\f\\r\\x7f\")");
	did(syscall(SYS_umount2, "b", 2), NULL, "umount(\"b\", MNT_DETACH)");
	did(syscall(SYS_umount2, "m", 0), NULL, "umount(\"m\", 0x0)");
	did(syscall(SYS_umount2, "m", 8 | 1 | 0x100), "EINVAL",
	    "umount(\"m\", MNT_FORCE|UMOUNT_NOFOLLOW|0x100)");
}

static void new_calls(void)
{
	char call[256];
	int fs, mnt;

	fs = did(syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC), NULL,
		 "fsopen(\"tmpfs\", FSOPEN_CLOEXEC)");
	snprintf(call, sizeof(call), "fsconfig(%d, FSCONFIG_SET_STRING, \"size\", \"64k\", 0)", fs);
	did(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "size", "64k", 0), NULL, call);
	snprintf(call, sizeof(call), "fsconfig(%d, FSCONFIG_SET_FLAG, \"no such\", \"\", 0)", fs);
	did(syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "no such", NULL, 0), "EINVAL", call);
	snprintf(call, sizeof(call), "fsconfig(%d, FSCONFIG_CMD_CREATE, \"\", \"\", 0)", fs);
	did(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), NULL, call);
	snprintf(call, sizeof(call),
		 "fsmount(%d, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV|MOUNT_ATTR_NOATIME)", fs);
	mnt = did(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NODEV | MOUNT_ATTR_NOATIME),
		  NULL, call);
	snprintf(call, sizeof(call),
		 "move_mount(%d, \"\", AT_FDCWD, \"m\", MOVE_MOUNT_F_EMPTY_PATH)", mnt);
	did(syscall(SYS_move_mount, mnt, "", AT_FDCWD, "m", MOVE_MOUNT_F_EMPTY_PATH), NULL, call);
	close(mnt);
	close(fs);
	did(syscall(SYS_umount2, "m", 0), NULL, "umount(\"m\", 0x0)");
	did(syscall(SYS_fsopen, "nosuchfs", 0), "ENODEV", "fsopen(\"nosuchfs\", 0x0)");
}

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif

/* In a process of its own: nothing that is expected. */
static bool has_call(long number)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(syscall(number, -1, NULL, -1, NULL, 0) < 0 && errno == ENOSYS);
	return waitpid(pid, &status, 0) == pid && !status;
}

/* Copies of mounts, and changes to existing ones. */
static void copies(void)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY,
				   .attr_clr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV,
				   .propagation = MS_PRIVATE };
	char call[256];
	int fd;

	did(syscall(SYS_mount, "none", "m", "tmpfs", 0, NULL), NULL,
	    "mount(\"none\", \"m\", \"tmpfs\", 0x0, \"\")");
	fd = did(
		syscall(SYS_open_tree, AT_FDCWD, "m", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | 0x8000),
		NULL, "open_tree(AT_FDCWD, \"m\", OPEN_TREE_CLONE|AT_RECURSIVE|OPEN_TREE_CLOEXEC)");
	close(fd);
	did(syscall(SYS_open_tree, AT_FDCWD, "no such", 0), "ENOENT",
	    "open_tree(AT_FDCWD, \"no such\", 0x0)");
	fd = did(syscall(SYS_fspick, AT_FDCWD, "m", FSPICK_CLOEXEC | FSPICK_NO_AUTOMOUNT), NULL,
		 "fspick(AT_FDCWD, \"m\", FSPICK_CLOEXEC|FSPICK_NO_AUTOMOUNT)");
	snprintf(call, sizeof(call), "fsconfig(%d, FSCONFIG_CMD_RECONFIGURE, \"\", \"\", 0)", fd);
	did(syscall(SYS_fsconfig, fd, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0), NULL, call);
	close(fd);
	if (has_call(SYS_mount_setattr)) {
		did(syscall(SYS_mount_setattr, AT_FDCWD, "m", 0x8000, &attr, sizeof(attr)), NULL,
		    "mount_setattr(AT_FDCWD, \"m\", AT_RECURSIVE, {attr_set=MOUNT_ATTR_RDONLY, "
		    "attr_clr=MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV, propagation=MS_PRIVATE, "
		    "userns_fd=0}, 32)");
		did(syscall(SYS_mount_setattr, AT_FDCWD, "m", 0, 8, sizeof(attr)), "EFAULT",
		    "mount_setattr(AT_FDCWD, \"m\", 0x0, {attr_set=0x0, attr_clr=0x0, "
		    "propagation=0x0, userns_fd=0}, 32)");
	}
	if (has_call(SYS_open_tree_attr)) {
		fd = did(syscall(SYS_open_tree_attr, AT_FDCWD, "m", OPEN_TREE_CLONE, &attr,
				 sizeof(attr)),
			 NULL,
			 "open_tree_attr(AT_FDCWD, \"m\", OPEN_TREE_CLONE, "
			 "{attr_set=MOUNT_ATTR_RDONLY, "
			 "attr_clr=MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV, propagation=MS_PRIVATE, "
			 "userns_fd=0}, 32)");
		close(fd);
	}
	did(syscall(SYS_umount2, "m", 0), NULL, "umount(\"m\", 0x0)");
}

/* The longest strings that the kernel takes. */
static void long_strings(void)
{
	static char s[4096], call[3 * 4096 + 100];

	memset(s, 's', sizeof(s) - 1);
	snprintf(call, sizeof(call), "mount(\"%s\", \"/no/such\", \"%s\", 0x0, \"%s\")", s, s, s);
	did(syscall(SYS_mount, s, "/no/such", s, 0, s), "ENOENT", call);
}

static void by_32_bit(void)
{
	char *low = low_memory();

	strcpy(low, "none");
	strcpy(low + 32, "m");
	strcpy(low + 64, "tmpfs");
	did(call32(21, (long)low, (long)low + 32, (long)low + 64, MS_NODEV, 0), NULL,
	    "mount(\"none\", \"m\", \"tmpfs\", MS_NODEV, \"\")");
	did(call32(52, (long)low + 32, 2, 0, 0, 0), NULL, "umount(\"m\", MNT_DETACH)");
}

static void *other_thread(void *unused)
{
	prctl(PR_SET_NAME, "bad\033\377name");
	did(syscall(SYS_umount2, "m", 0), "EINVAL", "umount(\"m\", 0x0)");
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc != 3)
		errx(2, "usage: mounts EXPECTED DIR");
	expect_to(argv[1]);
	if (unshare(CLONE_NEWNS) || chdir(argv[2]) || mkdir("m", 0700) || mkdir("b", 0700))
		err(1, "%s", argv[2]);
	find_ns();
	prctl(PR_SET_NAME, "ways to mount");
	did(syscall(SYS_mount, "none", "/", NULL, MS_REC | MS_PRIVATE, NULL), NULL,
	    "mount(\"none\", \"/\", \"\", MS_REC|MS_PRIVATE, \"\")");
	old_calls();
	new_calls();
	copies();
	long_strings();
	if (HAVE_CALL32 && getenv("MOUNTS_RARE"))
		by_32_bit();
	pthread_create(&thread, NULL, other_thread, NULL);
	pthread_join(thread, NULL);
	return 0;
}
