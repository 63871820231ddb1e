// SPDX-License-Identifier: BSD-2-Clause
/*
 * signals EXPECTED	sends signals in each way, with known results
 *
 * Writes what killsnoop must say of its calls: [by,sig,tpid,tcomm,result,ttid], and what sigsnoop must
 * say of the signals: [by,sig,tpid,tcomm,outcome].
 */
#include "rare.h"
#include "work.h"
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static pid_t target;

static void handle(int signal)
{
	(void)signal;
}

/* A process named COMM that runs ACT, once it says that it is ready. */
static pid_t child(const char *comm, void (*act)(void))
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		err(1, "pipe");
	pid = fork();
	if (pid)
		close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) == 1) {
		close(ready[0]);
		return pid;
	}
	prctl(PR_SET_NAME, comm);
	for (int i = 1; i < 64; i++)
		if (i != SIGSEGV && i != SIGTERM)
			signal(i, handle);
	signal(SIGWINCH, SIG_IGN);
	if (write(ready[1], "", 1) != 1)
		err(1, "write");
	act();
	_exit(0);
}

static void waits(void)
{
	for (;;)
		pause();
}

static void crashes(void)
{
	*(volatile int *)8 = 0;
}

static void call(const char *by, int sig, int tpid, bool reached, long result, int ttid)
{
	expect("[\"%s\",%d,%d,%s,%ld,%.*d%s]", by, sig, tpid,
	       reached ? "\"tar\\u001bget\"" : "null", result < 0 ? -errno : result, ttid ? 1 : 0,
	       ttid, ttid ? "" : "null");
}

static void signal_sent(const char *by, int sig, int pid, const char *comm, const char *outcome)
{
	expect("[\"%s\",%d,%d,\"%s\",\"%s\"]", by, sig, pid, comm, outcome);
}

static void sent(const char *by, int sig, long result, bool to_thread)
{
	call(by, sig, target, true, result, to_thread ? target : 0);
	signal_sent("process", sig, target, "tar\\u001bget",
		    sig == SIGWINCH ? "ignored" : "delivered");
}

int main(int argc, char **argv)
{
	siginfo_t info = { .si_code = SI_QUEUE };
	int status, fd;
	pid_t crashing;

	if (argc != 2)
		errx(2, "usage: signals EXPECTED");
	expect_to(argv[1]);
	expect("[%d]", getpid());
	setpgid(0, 0);
	prctl(PR_SET_NAME, "sender");
	signal(SIGCHLD, handle);
	target = child("tar\033get", waits);
	fd = syscall(SYS_pidfd_open, target, 0);
	sent("kill", SIGUSR1, kill(target, SIGUSR1), false);
	sent("tkill", SIGUSR2, syscall(SYS_tkill, target, SIGUSR2), true);
	sent("tgkill", SIGWINCH, syscall(SYS_tgkill, target, target, SIGWINCH), true);
	info.si_pid = getpid();
	sent("rt_sigqueueinfo", SIGRTMIN + 1,
	     syscall(SYS_rt_sigqueueinfo, target, SIGRTMIN + 1, &info), false);
	sent("rt_tgsigqueueinfo", SIGURG,
	     syscall(SYS_rt_tgsigqueueinfo, target, target, SIGURG, &info), true);
	sent("pidfd_send_signal", SIGPROF, syscall(SYS_pidfd_send_signal, fd, SIGPROF, NULL, 0),
	     false);
	if (HAVE_CALL32 && getenv("CALLS_32_BIT"))
		sent("kill", SIGHUP, call32(37, target, SIGHUP, 0, 0, 0), false);
	/* No signal is sent. */
	call("kill", 0, target, false, kill(target, 0), 0);
	call("kill", SIGTERM, 4194304, false, kill(4194304, SIGTERM), 0);
	call("kill", 99, target, false, kill(target, 99), 0);
	call("tkill", SIGTERM, 4194304, false, syscall(SYS_tkill, 4194304, SIGTERM), 4194304);
	/* To two processes: who are they? */
	call("kill", SIGVTALRM, 0, false, (signal(SIGVTALRM, handle), kill(0, SIGVTALRM)), 0);
	signal_sent("process", SIGVTALRM, getpid(), "sender", "delivered");
	signal_sent("process", SIGVTALRM, target, "tar\\u001bget", "delivered");
	call("kill", SIGPWR, -getpid(), false, (signal(SIGPWR, handle), kill(-getpid(), SIGPWR)),
	     0);
	signal_sent("process", SIGPWR, getpid(), "sender", "delivered");
	signal_sent("process", SIGPWR, target, "tar\\u001bget", "delivered");
	sent("kill", SIGTERM, kill(target, SIGTERM), false);
	if (waitpid(target, &status, 0) != target || WTERMSIG(status) != SIGTERM)
		errx(1, "the target did not end");
	signal_sent("kernel", SIGCHLD, getpid(), "sender", "delivered");
	crashing = child("crashing", crashes);
	if (waitpid(crashing, &status, 0) != crashing || WTERMSIG(status) != SIGSEGV)
		errx(1, "it did not crash");
	signal_sent("kernel", SIGSEGV, crashing, "crashing", "delivered");
	signal_sent("kernel", SIGCHLD, getpid(), "sender", "delivered");
	return 0;
}
