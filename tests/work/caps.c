// SPDX-License-Identifier: BSD-2-Clause
/*
 * caps EXPECTED ways	checks of capabilities that are passed and that are not, audited and not
 * caps EXPECTED many N	N checks of each of two capabilities, from two places
 *
 * Writes the checks that there must be: [pid,tid,uid,comm,cap,name,audit,insetid,errno].
 * The kernel makes others, too, such as for memory.
 */
#include "work.h"
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(int cap, const char *name, bool audit, bool insetid, int error)
{
	char comm[17] = "";

	prctl(PR_GET_NAME, comm);
	expect("[%d,%ld,%d,\"%s\",%d,\"%s\",%s,%s,%d]", getpid(), syscall(SYS_gettid), getuid(),
	       comm, cap, name, audit ? "true" : "false", insetid ? "true" : "false", error);
}

/* What a call made with ERROR, or without. */
static void must(int ret, int error, const char *call)
{
	if ((ret < 0 ? errno : 0) != error)
		err(1, "%s", call);
}

/* One of each, which only these capabilities allow. */
static void calls(int error)
{
	must(sethostname("caps", 4), error, "sethostname");
	check(CAP_SYS_ADMIN, "CAP_SYS_ADMIN", true, false, error);
	must(chroot("/"), error, "chroot");
	check(CAP_SYS_CHROOT, "CAP_SYS_CHROOT", true, false, error);
	must(setpriority(PRIO_PROCESS, 0, -1), error ? EACCES : 0, "setpriority");
	check(CAP_SYS_NICE, "CAP_SYS_NICE", true, false, error);
	must(acct(NULL), error, "acct");
	check(CAP_SYS_PACCT, "CAP_SYS_PACCT", true, false, error);
	/* The calls that set IDs have a flag of their own. */
	check(CAP_SETUID, "CAP_SETUID", true, true, error);
	must(setuid(54321), error, "setuid");
}

/* Whether a process may have a filter for its system calls without no_new_privs is no use of a capability. */
static void not_audited(void)
{
	struct sock_filter allow = { .code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW };
	struct sock_fprog program = { .len = 1, .filter = &allow };

	if (syscall(SYS_setresuid, 12345, 12345, 12345))
		err(1, "setresuid");
	prctl(PR_SET_NAME, "not audited");
	for (int i = 0; i < 5; i++) {
		must(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), EACCES, "seccomp");
		check(CAP_SYS_ADMIN, "CAP_SYS_ADMIN", false, false, EPERM);
	}
}

static void *in_thread(void *arg)
{
	(void)arg;
	prctl(PR_SET_NAME, "a thread");
	must(acct(NULL), 0, "acct");
	check(CAP_SYS_PACCT, "CAP_SYS_PACCT", true, false, 0);
	return NULL;
}

/* Run F in a process of its own. */
static void child(void (*f)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		f();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		errx(1, "a child failed");
}

static void denied(void)
{
	if (syscall(SYS_setresuid, 12345, 12345, 12345))
		err(1, "setresuid");
	prctl(PR_SET_NAME, "denied");
	calls(EPERM);
}

static void allowed(void)
{
	pthread_t t;

	prctl(PR_SET_NAME, "allowed");
	if (pthread_create(&t, NULL, in_thread, NULL) || pthread_join(t, NULL))
		errx(1, "cannot start a thread");
	must(acct(NULL), 0, "acct");
	check(CAP_SYS_PACCT, "CAP_SYS_PACCT", true, false, 0);
}

/* Root stays root until setuid(). */
static void all_allowed(void)
{
	if (unshare(CLONE_NEWUTS))
		err(1, "unshare");
	prctl(PR_SET_NAME, "all allowed");
	calls(0);
}

/* Places that the stacks tell apart.  libc's functions have no frame, so their callers are not in the stacks. */
__attribute__((noinline)) void do_acct(void);
__attribute__((noinline)) void one_place(void);
__attribute__((noinline)) void other_place(void);

void do_acct(void)
{
	must(acct(NULL), 0, "acct");
}

void one_place(void)
{
	do_acct();
	check(CAP_SYS_PACCT, "CAP_SYS_PACCT", true, false, 0);
}

void other_place(void)
{
	do_acct();
	check(CAP_SYS_PACCT, "CAP_SYS_PACCT", true, false, 0);
	must(chroot("/"), 0, "chroot");
	check(CAP_SYS_CHROOT, "CAP_SYS_CHROOT", true, false, 0);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: caps EXPECTED ways | many N");
	expect_to(argv[1]);
	if (!strcmp(argv[2], "ways")) {
		child(allowed);
		child(all_allowed);
		child(denied);
		child(not_audited);
	}
	prctl(PR_SET_NAME, "many");
	for (int i = 0; argc > 3 && i < atoi(argv[3]); i++) {
		one_place();
		other_place();
	}
	return 0;
}
