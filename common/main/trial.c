// SPDX-License-Identifier: BSD-2-Clause
#include "main/trial.h"
#include "main/tool.h"
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS 60 /* a tool that takes longer is hanging */

/* The command line of a trial, whose arguments are separated by spaces. */
static int trial_args(const char *args, char ***argv)
{
	static char *words[8];
	char *rest = strdup(args);
	int n = 1;

	words[0] = **argv;
	while (rest && n < 7)
		words[n++] = strsep(&rest, " ");
	*argv = words;
	return n;
}

/* Returns in the child of each trial.  The tool works if one of them does. */
static int try_each(const struct trial *trials, char ***argv)
{
	u32 failed = 0;
	int n = 0;

	for (; trials[n].sees; n++) {
		int status = 0;
		pid_t pid = fork();

		if (pid < 0)
			err(1, "cannot start a process");
		if (!pid)
			return trial_args(trials[n].args ?: trials[n].find_args(), argv);
		if (waitpid(pid, &status, 0) != pid || status)
			failed |= 1 << n;
	}
	if (failed == (1u << n) - 1)
		exit(1);
	for (int i = 0; i < n; i++)
		if (failed >> i & 1)
			warnx("not seen on this kernel: %s", trials[i].sees);
	exit(0);
}

static void print_args(const struct trial *trial)
{
	for (; trial && trial->sees; trial++)
		puts(trial->args ?: trial->find_args());
	exit(0);
}

int trial_begin(int argc, char ***argv)
{
	if (argc == 2 && !strcmp((*argv)[1], "--trials"))
		print_args(run.tool->trials);
	if (argc < 2 || strcmp((*argv)[1], "--check"))
		return argc;
	run.checking = true;
	if (argc == 2 && run.tool->trials) {
		argc = try_each(run.tool->trials, argv);
	} else {
		(*argv)[1] = **argv;
		++*argv;
		argc--;
	}
	alarm(SECONDS);
	return argc;
}

void trial_attached(const struct bpf_object *obj)
{
	struct bpf_program *p;

	if (!run.checking)
		return;
	bpf_object__for_each_program (p, obj) {
		const char *section = probe_section(p);

		/* The user's patterns decide which these are, so attach_many.c reports them. */
		if (probe_chosen(p) && strcmp(section, "kprobe") && strcmp(section, "kprobe.multi"))
			probe_say(section);
	}
	exit(0);
}
