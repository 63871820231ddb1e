// SPDX-License-Identifier: BSD-2-Clause
#include "main/program.h"
#include "main/cmd.h"
#include "main/filter.h"
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The path of the process's program, as it sees it. */
static const char *program_of(u32 pid)
{
	static char path[4096];
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%u/exe", pid);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return NULL;
	path[n] = 0;
	return strchr(path, ' ') ? NULL : path;
}

const char *program_and(const char *files)
{
	size_t n;
	const u32 *pids = filter_pids(&n);
	const char *program = n ? program_of(*pids) : cmd_program();
	char *both;

	if (!program)
		return files;
	if (asprintf(&both, "%s %s", program, files) < 0)
		err(1, NULL);
	return both;
}
