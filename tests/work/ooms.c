// SPDX-License-Identifier: BSD-2-Clause
/*
 * ooms EXPECTED own	a process runs into the limit of its memory cgroup
 * ooms EXPECTED shared	one runs into the limit that its cgroup shares with another one, whose process is killed
 * ooms EXPECTED group	the same, and all of that cgroup's processes are killed (memory.oom.group, cgroup v2)
 * ooms EXPECTED sysrq	the kernel is asked to kill one
 * ooms EXPECTED machine	a process takes all memory of the machine: only for guests
 *
 * Writes what was killed: [pid,comm,trigger_pid,trigger_comm,victim_cgroup,cause,limit_cgroup,limit_bytes,bytes touched].
 * The trigger of a request is 0.  Status 77: there is no such cgroup here.
 */
#include "memcg.h"
#include "work.h"
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MB    (1L << 20)
#define LIMIT (48 * MB)
#define BIG   (32 * MB)

static void limit(const char *dir, long bytes)
{
	if (!put(dir, unified ? "memory.max" : "memory.limit_in_bytes", "%ld", bytes))
		exit(77);
	/* Where there is swap. */
	put(dir, unified ? "memory.swap.max" : "memory.swappiness", "%ld", 0);
}

static void score(int adj)
{
	FILE *f = fopen("/proc/self/oom_score_adj", "we");

	if (!f || fprintf(f, "%d", adj) < 0 || fclose(f))
		err(1, "oom_score_adj");
}

static void touch(long bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		err(1, "mmap");
	memset(p, 1, bytes);
}

static int ready[2], go[2];

/*
 * Start a process in this cgroup, or in ours.  It touches so much memory, says that it has, and waits.  With
 * LATER it first waits for go.
 */
static pid_t start(const char *comm, const char *cgroup, long bytes, int adj, bool later)
{
	pid_t pid = fork();
	char c;

	if (pid < 0)
		err(1, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, comm);
	if (cgroup && !put(cgroup, "cgroup.procs", "%ld", getpid()))
		err(1, "%s", cgroup);
	score(adj);
	if (later && read(go[0], &c, 1) != 1)
		_exit(1);
	touch(bytes);
	if (write(ready[1], "", 1) != 1)
		_exit(1);
	if (later)
		_exit(0);
	for (;;)
		pause();
}

static void is_ready(void)
{
	char c;

	if (read(ready[0], &c, 1) != 1)
		err(1, "read");
}

static void is_killed(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		errx(1, "process %d was not killed", pid);
}

static void was_killed(pid_t pid, const char *comm, pid_t trigger, const char *trigger_comm,
		       const char *cgroup, const char *of, long bytes)
{
	if (of)
		expect("[%d,\"%s\",%d,\"%s\",\"%s\",\"cgroup\",\"%s\",%ld,%ld]", pid, comm, trigger,
		       trigger_comm, cgroup, of, LIMIT, bytes);
	else
		expect("[%d,\"%s\",%d,\"%s\",\"%s\",\"%s\",null,null,%ld]", pid, comm, trigger,
		       trigger_comm, cgroup, trigger ? "machine" : "sysrq", bytes);
}

static void in_cgroups(const char *how)
{
	bool own = !strcmp(how, "own"), group = !strcmp(how, "group");
	char top[64], big[96], small[96];
	pid_t victim[3], trigger;
	int n = group ? 3 : 1, status;

	snprintf(top, sizeof(top), "/ooms.%d", getpid());
	snprintf(big, sizeof(big), "%s/a big one", top);
	snprintf(small, sizeof(small), "%s/small", top);
	if (unified && !put("", "cgroup.subtree_control", "+memory", 0))
		exit(77);
	make_cgroup(top);
	limit(top, LIMIT);
	if (unified)
		put(top, "cgroup.subtree_control", "+memory", 0);
	make_cgroup(big);
	make_cgroup(small);
	if (group && !put(big, "memory.oom.group", "%ld", 1))
		n = 0;
	if (own) {
		victim[0] = start("an owner", big, 2 * LIMIT, 1000, false);
		is_killed(victim[0]);
		was_killed(victim[0], "an owner", victim[0], "an owner", big, top, BIG);
	} else if (n) {
		for (int i = 0; i < n; i++) {
			victim[i] = start("a victim", big, BIG / n, 1000, false);
			is_ready();
		}
		trigger = start("a trigger", small, LIMIT - BIG + 8 * MB, 0, true);
		if (write(go[1], "", 1) != 1)
			err(1, "write");
		for (int i = 0; i < n; i++) {
			is_killed(victim[i]);
			was_killed(victim[i], "a victim", trigger, "a trigger", big, top, BIG / n);
		}
		if (waitpid(trigger, &status, 0) != trigger)
			err(1, "wait");
		/* The victim's memory is not free at once, so that may not have been enough. */
		if (WIFSIGNALED(status))
			was_killed(trigger, "a trigger", trigger, "a trigger", small, top, 0);
	}
	remove_cgroup(big);
	remove_cgroup(small);
	remove_cgroup(top);
	if (!n)
		exit(77);
}

static void sysrq(void)
{
	pid_t victim = start("a victim", NULL, BIG, 1000, false);
	FILE *f = fopen("/proc/sysrq-trigger", "we");

	is_ready();
	if (!f || fputc('f', f) == EOF || fclose(f))
		err(1, "/proc/sysrq-trigger");
	is_killed(victim);
	was_killed(victim, "a victim", 0, "", "/", NULL, BIG);
}

static void machine(void)
{
	long all = sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
	pid_t victim = start("a glutton", NULL, 2 * all, 1000, false);

	is_killed(victim);
	was_killed(victim, "a glutton", victim, "a glutton", "/", NULL, all / 4);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: ooms EXPECTED own|shared|group|sysrq|machine");
	alarm(60); /* if one of them fails */
	find_cgroups();
	expect_to(argv[1]);
	if (pipe2(ready, O_CLOEXEC) || pipe2(go, O_CLOEXEC))
		err(1, "pipe");
	if (!strcmp(argv[2], "sysrq"))
		sysrq();
	else if (!strcmp(argv[2], "machine"))
		machine();
	else
		in_cgroups(argv[2]);
	return 0;
}
