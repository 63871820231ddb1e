// SPDX-License-Identifier: BSD-2-Clause
/* Files to probe, which their owner can change at any moment. */
#include "symbols/objfile.h"
#include "test.h"
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/tmp/objfile-XXXXXX"

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

int main(void)
{
	is_num(status_of(truncated_among_symbols), 0, "truncated between two of its symbols");
	is_num(status_of(truncated_before), 0, "truncated before it is read");
	return done();
}
