// SPDX-License-Identifier: BSD-2-Clause
/* What a tool can still do once it has dropped its privileges: attempts from inside. */
#include "base/priv.h"
#include "test.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t other; /* a process of root's */
static char dir[] = "/tmp/priv-XXXXXX";
static char in_it[64], in_tmp[64], secret[64];

/* Do this in a child after BEFORE() and priv_drop(); true if it returned true. */
static bool in_tool(void (*before)(void), bool (*f)(void))
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		if (before)
			before();
		priv_drop(-1);
		_exit(f() ? 0 : 1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static void names_functions(void)
{
	priv_keep(CAP_CHECKPOINT_RESTORE);
	priv_keep(CAP_SYS_PTRACE);
	priv_keep(CAP_DAC_READ_SEARCH);
}

static void writes(void)
{
	priv_writes(dir);
}

static void has_command(void)
{
	priv_keep_unless_root(CAP_KILL);
}

static void writes_with_command(void)
{
	writes();
	has_command();
}

/* ---- what is gone ---- */

/* "Uid:", "CapEff:" or the like of this process. */
static const char *status_of(const char *name)
{
	static char line[256];
	FILE *f = fopen("/proc/self/status", "re");
	size_t n = strlen(name);

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, n)) {
			fclose(f);
			line[strcspn(line, "\n")] = 0;
			return line + n;
		}
	return "";
}

static bool is_nobody(void)
{
	unsigned int u[4], g[4];

	return sscanf(status_of("Uid:"), "%u%u%u%u", u, u + 1, u + 2, u + 3) == 4 &&
	       sscanf(status_of("Gid:"), "%u%u%u%u", g, g + 1, g + 2, g + 3) == 4 &&
	       u[0] >= 61184 && u[0] < 65520 && u[1] == u[0] && u[2] == u[0] && u[3] == u[0] &&
	       g[0] == u[0] && g[1] == u[0] && g[2] == u[0] && g[3] == u[0] &&
	       !strspn(status_of("Groups:"), "0123456789");
}

static bool is_root(void)
{
	return !getuid() && !geteuid();
}

static unsigned long long caps(const char *name)
{
	return strtoull(status_of(name), NULL, 16);
}

static bool has_none(void)
{
	return !caps("CapEff:") && !caps("CapPrm:") && !caps("CapInh:") && !caps("CapAmb:") &&
	       strtoul(status_of("NoNewPrivs:"), NULL, 10) == 1 &&
	       strtoul(status_of("Seccomp:"), NULL, 10) == 2;
}

static bool has_kill(void)
{
	return caps("CapEff:") == 1 << CAP_KILL && caps("CapPrm:") == 1 << CAP_KILL;
}

static bool no_way_back(void)
{
	return setuid(0) && setresuid(0, 0, 0) && setgid(0);
}

static bool fails(long result)
{
	return result == -1 && (errno == EPERM || errno == EACCES);
}

static bool no_program(void)
{
	char *args[] = { "true", NULL };

	execv("/bin/true", args);
	return fails(-1) && fails(syscall(SYS_execveat, AT_FDCWD, "/bin/true", args, NULL, 0));
}

static bool no_connection(void)
{
	int pair[2];

	return fails(socket(AF_INET, SOCK_STREAM, 0)) && fails(socket(AF_UNIX, SOCK_DGRAM, 0)) &&
	       fails(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
}

static bool no_other_process(void)
{
	char byte, path[64];
	struct iovec v = { &byte, 1 }, there = { (void *)dir, 1 };

	snprintf(path, sizeof(path), "/proc/%d/mem", other);
	return fails(ptrace(PTRACE_ATTACH, other, 0, 0)) &&
	       fails(ptrace(PTRACE_SEIZE, other, 0, 0)) &&
	       fails(process_vm_readv(other, &v, 1, &there, 1, 0)) &&
	       fails(process_vm_writev(other, &v, 1, &there, 1, 0)) && fails(open(path, O_RDWR)) &&
	       fails(syscall(437 /* openat2 */, AT_FDCWD, path, &(long long[3]){ O_RDWR }, 24)) &&
	       fails(syscall(438 /* pidfd_getfd */, syscall(434, other, 0), 0, 0));
}

static bool no_system(void)
{
	return fails(mount("none", "/mnt", "tmpfs", 0, NULL)) && fails(chroot("/")) &&
	       fails(unshare(CLONE_NEWUSER)) &&
	       fails(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)) &&
	       syscall(435 /* clone3 */, NULL, 0) && errno == ENOSYS &&
	       fails(syscall(425 /* io_uring_setup */, 1, NULL)) &&
	       fails(syscall(SYS_perf_event_open, NULL, 0, 0, -1, 0));
}

static bool no_signal(void)
{
	return fails(kill(other, 0));
}

static bool no_secret(void)
{
	return fails(open(secret, O_RDONLY));
}

static bool no_change_at(const char *path)
{
	return fails(open(path, O_WRONLY)) && fails(open(path, O_RDWR)) &&
	       fails(open(path, O_RDONLY | O_CREAT, 0600)) && fails(creat(path, 0600)) &&
	       fails(unlink(path)) && fails(mkdir(path, 0700)) && fails(symlink("x", path)) &&
	       fails(rename(path, in_tmp)) && fails(link(path, in_tmp)) &&
	       fails(truncate(path, 0)) && fails(chmod(path, 0777)) && fails(mkfifo(path, 0600));
}

/* In a folder that everyone may write to. */
static bool no_change(void)
{
	return no_change_at(in_tmp) &&
	       /* Its flags can't be seen; where it is allowed, the user must do. */
	       fails(syscall(437 /* openat2 */, AT_FDCWD, secret, &(long long[3]){ O_WRONLY }, 24));
}

static bool no_root_change(void)
{
	return fails(open(secret, O_WRONLY)) && fails(open(secret, O_WRONLY | O_TRUNC));
}

/* ---- what works ---- */

static bool reads(void)
{
	int fd = open("/etc/passwd", O_RDONLY), self = open("/proc/self/maps", O_RDONLY);
	struct stat st;

	return fd >= 0 && self >= 0 && !stat("/proc/self/ns/mnt", &st) &&
	       open("/proc/self/fd/0", O_RDONLY | O_PATH) >= 0;
}

static bool forks(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static bool signals_command(void)
{
	return !kill(other, 0);
}

static bool readable(const char *file)
{
	char path[64], byte;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", other, file);
	fd = open(path, O_RDONLY);
	return fd >= 0 && read(fd, &byte, 1) == 1;
}

static bool reads_other_process(void)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", other);
	return readable("maps") && readable("root/etc/passwd") && !stat(path, &st) &&
	       open(secret, O_RDONLY) >= 0;
}

/* A file is made and replaced, twice. */
static bool replaces(void)
{
	char path[80];
	int fd;

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/new-XXXXXX", dir);
		fd = mkostemp(path, O_CLOEXEC);
		if (fd < 0 || fchmod(fd, 0644) || rename(path, in_it))
			return false;
		close(fd);
	}
	return true;
}

static bool replaces_only_there(void)
{
	return fails(open(secret, O_WRONLY)) && fails(unlink(secret)) && fails(unlink(in_tmp)) &&
	       fails(open("/tmp/priv-new", O_WRONLY | O_CREAT, 0600)) && rename(in_it, in_tmp) &&
	       (errno == EXDEV || errno == EACCES);
}

int main(void)
{
	if (geteuid() || !priv_has(CAP_SETUID) || !priv_has(CAP_SETGID) ||
	    !priv_has(CAP_SYS_PTRACE)) {
		skip("privileges", "there are none to drop");
		return done();
	}
	if (!mkdtemp(dir))
		return 1;
	snprintf(in_it, sizeof(in_it), "%s/file", dir);
	snprintf(in_tmp, sizeof(in_tmp), "%s-open", dir);
	snprintf(secret, sizeof(secret), "%s-secret", dir);
	close(open(in_tmp, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	chmod(in_tmp, 0666);
	close(open(secret, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	if (truncate(secret, 1))
		return 1;
	other = fork();
	if (!other) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}

	ok(in_tool(NULL, is_nobody), "root becomes a user of its own, without groups");
	ok(in_tool(NULL, has_none), "no capability is left, and a filter is in place");
	ok(in_tool(NULL, no_way_back), "there is no way back");
	ok(in_tool(NULL, no_program), "no program is executed");
	ok(in_tool(NULL, no_connection), "no connection made");
	ok(in_tool(NULL, no_other_process), "other processes can't be reached into");
	ok(in_tool(NULL, no_system), "nor the system");
	ok(in_tool(NULL, no_signal), "nor signals be sent to root's");
	ok(in_tool(NULL, no_secret), "a file of root's can't be read");
	ok(in_tool(NULL, no_change), "no file be changed, also where everyone may");
	ok(in_tool(NULL, reads), "others can be read");
	ok(in_tool(NULL, forks), "a child can remove probes");

	ok(in_tool(has_command, has_kill), "with a command: the capability to send it signals");
	ok(in_tool(has_command, signals_command), "and they are sent");
	ok(in_tool(has_command, is_nobody), "by a user of its own");

	ok(in_tool(names_functions, is_nobody), "who names functions is a user of its own");
	ok(in_tool(names_functions, reads_other_process),
	   "but reads maps and files of all processes");
	ok(in_tool(names_functions, no_other_process), "and can't reach into them");
	ok(in_tool(names_functions, no_change), "nor change files");
	ok(in_tool(names_functions, no_root_change), "nor those of root's");
	ok(in_tool(names_functions, no_program) && in_tool(names_functions, no_connection) &&
		   in_tool(names_functions, no_system),
	   "nor do anything else");

	ok(in_tool(writes, is_root), "who replaces a file does it as root");
	ok(in_tool(writes, has_none), "without any capability");
	ok(in_tool(writes, replaces), "and can");
	ok(in_tool(writes_with_command, has_none), "root needs none to send a command signals");
	ok(in_tool(writes, no_program) && in_tool(writes, no_connection) &&
		   in_tool(writes, no_system),
	   "it can't do anything else");
	if (syscall(444 /* landlock_create_ruleset */, NULL, 0, 1) > 0)
		ok(in_tool(writes, replaces_only_there), "nor change files in other folders");
	else
		skip("nor change files in other folders", "this kernel has no Landlock");

	kill(other, SIGKILL);
	unlink(in_it);
	unlink(in_tmp);
	unlink(secret);
	rmdir(dir);
	return done();
}
