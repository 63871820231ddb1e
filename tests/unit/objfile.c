// SPDX-License-Identifier: BSD-2-Clause
/* Files to probe, which their owner can change at any moment. */
#include "symbols/objfile.h"
#include "test.h"
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/tmp/objfile-XXXXXX"
#ifdef __aarch64__
#define MUSL_FILE "ld-musl-aarch64.path"
#else
#define MUSL_FILE "ld-musl-x86_64.path"
#endif

static char path[] = NAME;
static int found;

/* A copy of this program, which has enough symbols to fill many pages. */
static void copy(void)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;

	strcpy(path, NAME);
	to = mkstemp(path);
	if (from < 0 || to < 0)
		err(1, "%s", path);
	while (sendfile(to, from, NULL, 1 << 20) > 0)
		;
	close(from);
	close(to);
}

static void truncate_it(const char *name, u64 offset, bool ifunc, void *ctx)
{
	(void)name;
	(void)offset;
	(void)ifunc;
	(void)ctx;
	if (!found++ && truncate(path, 4096))
		err(1, "truncate");
}

static void truncated_among_symbols(void)
{
	const char *why = NULL;
	struct objfile file;

	found = 0;
	if (!objfile_find(&file, path, 0))
		errx(1, "%s was not found", path);
	objfile_each_func(&file, 0, &why, truncate_it, NULL);
	objfile_close(&file);
	_exit(found ? 0 : 1);
}

static void truncated_before(void)
{
	const char *why = NULL;
	struct objfile file;

	if (!objfile_find(&file, path, 0) || truncate(path, 4096))
		errx(1, "%s", path);
	objfile_each_func(&file, 0, &why, truncate_it, NULL);
	_exit(found);
}

/* F's status in a process of its own. */
static int status_of(void (*f)(void))
{
	int status = -1;
	pid_t pid;

	copy();
	pid = fork();
	if (!pid)
		f();
	waitpid(pid, &status, 0);
	unlink(path);
	return status;
}

/* A root with a file where only musl's loader looks; ends when it is killed. */
static pid_t musl_root(char *root)
{
	static const char paths[] = "/no/such\n/opt/some:/opt/lib\n";
	int to[2], file;
	char ready;
	pid_t pid;

	if (!mkdtemp(root) || pipe(to))
		err(1, "%s", root);
	pid = fork();
	if (pid) {
		close(to[1]);
		if (read(to[0], &ready, 1) == 1)
			return pid;
		waitpid(pid, NULL, 0);
		return 0;
	}
	if (chdir(root) || mkdir("etc", 0755) || mkdir("opt", 0755) || mkdir("opt/lib", 0755))
		err(1, "%s", root);
	file = open("etc/" MUSL_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (write(file, paths, strlen(paths)) < 0)
		err(1, "%s", root);
	copy();
	if (rename(path, "opt/lib/libsomewhere.so"))
		err(1, "%s", path);
	if ((geteuid() && unshare(CLONE_NEWUSER)) || chroot("."))
		_exit(1);
	if (write(to[1], "", 1) == 1)
		pause();
	_exit(1);
}

static void by_musl(void)
{
	char root[] = "/tmp/objfile-root-XXXXXX", command[64];
	pid_t pid = musl_root(root);
	struct objfile o;

	if (!pid) {
		skip("where musl looks", "no chroot");
	} else {
		ok(objfile_find(&o, "somewhere", pid), "where musl looks");
		objfile_close(&o);
		ok(objfile_find(&o, "libsomewhere.so", pid), "by the whole name");
		objfile_close(&o);
		ok(!objfile_find(&o, "nowhere", pid), "not what is nowhere");
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	snprintf(command, sizeof(command), "rm -r %s", root);
	if (system(command))
		err(1, "%s", command);
}

int main(void)
{
	is_num(status_of(truncated_among_symbols), 0, "truncated between two of its symbols");
	is_num(status_of(truncated_before), 0, "truncated before it is read");
	by_musl();
	return done();
}
