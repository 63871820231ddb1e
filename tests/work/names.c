// SPDX-License-Identifier: BSD-2-Clause
/*
 * names EXPECTED gone DIR	each way to delete or rename, including those that fail
 * names EXPECTED life DIR	files created and deleted in each way
 *
 * Writes what filegone must print: [pid,tid,comm,action,file,new,rmdir], and what filelife must:
 * [pid,tid,comm,file,replaced], the smallest and the largest age in ns that can be right, and the
 * path.
 * With NAMES_OVERLAY, also in an overlayfs, which in turn deletes the files of another file system.
 */
#include "work.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char comm[17], dir[512];

static void call_me(const char *name)
{
	prctl(PR_SET_NAME, name);
	strcpy(comm, name);
}

static void must(long ret, const char *what)
{
	if (ret < 0)
		err(1, "%s", what);
}

static void must_not(long ret, const char *what)
{
	if (ret >= 0)
		errx(1, "%s should have failed", what);
}

static void make(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_EXCL | O_CLOEXEC, 0600);

	must(fd, name);
	close(fd);
}

static void gone(const char *action, const char *name, const char *newer, bool is_dir)
{
	expect("[%d,%ld,\"%s\",\"%s\",\"%s\",%s%s%s,%s]", getpid(), syscall(SYS_gettid), comm,
	       action, name, newer ? "\"" : "", newer ?: "null", newer ? "\"" : "",
	       is_dir ? "true" : "false");
}

/* In the current directory. */
static void delete_and_rename(void)
{
	make("a");
	must(unlink("a"), "unlink");
	gone("DELETE", "a", NULL, false);
	must_not(unlink("a"), "unlink of nothing");
	must(mkdir("d", 0700), "mkdir");
	must_not(unlink("d"), "unlink of a directory");
	make("d/x");
	must_not(rmdir("d"), "rmdir of a full directory");
	must(rename("d/x", "moved"), "rename");
	gone("RENAME", "x", "moved", false);
	must(syscall(SYS_unlinkat, AT_FDCWD, "d", AT_REMOVEDIR), "unlinkat");
	gone("DELETE", "d", NULL, true);
	make("other");
	must_not(syscall(SYS_renameat2, AT_FDCWD, "moved", AT_FDCWD, "other", RENAME_NOREPLACE),
		 "a rename that replaces");
	must(rename("moved", "other"), "rename");
	gone("RENAME", "moved", "other", false);
	must(mkdir("dir 1", 0700), "mkdir");
	must(rename("dir 1", "dir 2"), "rename");
	gone("RENAME", "dir 1", "dir 2", false);
	must(rmdir("dir 2"), "rmdir");
	gone("DELETE", "dir 2", NULL, true);
	must(symlink("x", "link"), "symlink");
	must(unlink("link"), "unlink");
	gone("DELETE", "link", NULL, false);
	must(unlink("other"), "unlink");
	gone("DELETE", "other", NULL, false);
}

static void long_names(void)
{
	char one[256], two[256];

	memset(one, 'a', 255);
	memset(two, 'b', 255);
	one[255] = two[255] = 0;
	make(one);
	must(rename(one, two), "rename");
	gone("RENAME", one, two, false);
	must(unlink(two), "unlink");
	gone("DELETE", two, NULL, false);
}

/* Renames that succeed but change nothing: no name is gone, so filegone must print nothing. */
static void rename_nothing(void)
{
	make("self");
	must(rename("self", "self"), "rename onto itself");
	must(link("self", "same"), "link");
	must(rename("self", "same"), "rename onto another name of the file");
	must(syscall(SYS_renameat2, AT_FDCWD, "self", AT_FDCWD, "same", RENAME_EXCHANGE),
	     "exchange of two names of a file");
	must(unlink("self"), "unlink");
	gone("DELETE", "self", NULL, false);
	must(unlink("same"), "unlink");
	gone("DELETE", "same", NULL, false);
}

static void exchange(void)
{
	make("one");
	make("two");
	must(syscall(SYS_renameat2, AT_FDCWD, "one", AT_FDCWD, "two", RENAME_EXCHANGE), "exchange");
	gone("RENAME", "one", "two", false);
	must(unlink("one"), "unlink");
	gone("DELETE", "one", NULL, false);
	must(unlink("two"), "unlink");
	gone("DELETE", "two", NULL, false);
}

/* ---- life ---- */

static struct timespec before_birth, after_birth;

static struct timespec now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t;
}

static long long between(struct timespec a, struct timespec b)
{
	return (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec;
}

static void born(long ret, const char *name)
{
	must(ret, name);
	after_birth = now();
}

/* The file was deleted between THEN and now. */
static void died(struct timespec then, const char *name, bool replaced)
{
	struct timespec ended = now();
	char here[512];

	if (!getcwd(here, sizeof(here)))
		err(1, "getcwd");
	expect("[%d,%ld,\"%s\",\"%s\",%s,%lld,%lld,\"%s/%s\"]", getpid(), syscall(SYS_gettid), comm,
	       name, replaced ? "true" : "false", between(after_birth, then),
	       between(before_birth, ended), here, name);
}

static void unlink_now(const char *name)
{
	struct timespec then = now();

	must(unlink(name), name);
	died(then, name, false);
}

static void create(const char *name)
{
	before_birth = now();
	born(open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0600), name);
}

/* The renames end no life; deleting the files does. */
static void rename_nothing_alive(void)
{
	create("self");
	must(rename("self", "self"), "rename onto itself");
	unlink_now("self");
	create("same a");
	must(link("same a", "same b"), "link");
	must(rename("same a", "same b"), "rename onto another name of the file");
	must(unlink("same a"), "unlink");
	unlink_now("same b");
}

static void *delete_in_thread(void *name)
{
	call_me("other thread");
	unlink_now(name);
	return NULL;
}

static void live_and_die(void)
{
	struct timespec then;

	create("short");
	unlink_now("short");
	create("again"); /* with the same inode number, maybe */
	usleep(20000);
	must_not(unlink("no such"), "unlink of nothing");
	must_not(rmdir("again"), "rmdir of a file");
	must(rename("again", "renamed"), "rename");
	must(open("renamed", O_CREAT | O_RDWR | O_CLOEXEC, 0600), "open of what is there");
	unlink_now("renamed");
	create("linked");
	must(link("linked", "second name"), "link");
	must(unlink("linked"), "unlink");
	unlink_now("second name");
	before_birth = now();
	born(mknod("by mknod", S_IFREG | 0600, 0), "mknod");
	unlink_now("by mknod");
	make("source");
	create("target");
	then = now();
	must(rename("source", "target"), "rename");
	died(then, "target", true);
	must(unlink("old file"), "unlink"); /* its creation was not seen: no row */
}

static void birth_in(const char *what)
{
	pthread_t thread;

	create("by a thread");
	must(pthread_create(&thread, NULL, delete_in_thread, "by a thread"), what);
	pthread_join(thread, NULL);
}

/* ---- */

static void overlay(void (*f)(void))
{
	char options[4096], path[600];

	if (!getenv("NAMES_OVERLAY"))
		return;
	snprintf(path, sizeof(path), "%s/o", dir);
	must(mkdir(path, 0700), path);
	must(mount("none", path, "tmpfs", 0, NULL), "tmpfs");
	must(chdir(path), path);
	must(mkdir("lower", 0700) | mkdir("upper", 0700) | mkdir("work", 0700) | mkdir("m", 0700),
	     "mkdir");
	make("lower/old file");
	snprintf(options, sizeof(options), "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work",
		 path, path, path);
	must(mount("none", "m", "overlay", 0, options), "overlay");
	must(chdir("m"), "m");
	f();
	must(chdir("/"), "/");
	strcat(path, "/m");
	must(umount2(path, MNT_DETACH), path);
	path[strlen(path) - 2] = 0;
	must(umount2(path, MNT_DETACH), path);
}

static void lower(void)
{
	call_me("in overlay");
	delete_and_rename();
	rename_nothing();
	must(unlink("old file"), "unlink");
	gone("DELETE", "old file", NULL, false);
}

static void live_in_overlay(void)
{
	call_me("in overlay");
	create("upper");
	unlink_now("upper");
	create("upper 2");
	must(rename("upper 2", "upper 3"), "rename");
	unlink_now("upper 3");
	must(unlink("old file"), "unlink");
}

int main(int argc, char **argv)
{
	if (argc != 4)
		errx(2, "usage: names EXPECTED gone|life DIR");
	expect_to(argv[1]);
	snprintf(dir, sizeof(dir), "%s", argv[3]);
	must(chdir(dir), dir);
	call_me("ways to go");
	if (!strcmp(argv[2], "gone")) {
		delete_and_rename();
		long_names();
		exchange();
		rename_nothing();
		overlay(lower);
		must(chdir(dir), dir);
		call_me("bad\033\377name");
		make("a\033[31m\n\xff\xc3\xa9\"\\");
		must(unlink("a\033[31m\n\xff\xc3\xa9\"\\"), "unlink");
	} else {
		live_and_die();
		rename_nothing_alive();
		birth_in("thread");
		overlay(live_in_overlay);
		must(chdir(dir), dir);
		call_me("bad\033\377name");
		make("a\033[31m\n\xff\xc3\xa9\"\\");
		must(unlink("a\033[31m\n\xff\xc3\xa9\"\\"), "unlink");
	}
	return 0;
}
