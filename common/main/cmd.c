// SPDX-License-Identifier: BSD-2-Clause
#include "main/cmd.h"
#include "base/opt.h"
#include "base/priv.h"
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	pid_t pid;
	const char *program;
	int go; /* a pipe the child waits on */
	bool ended;
	int status;
} cmd;

pid_t cmd_prepare(char **command)
{
	char byte;
	int go[2];

	if (!command)
		return 0;
	if (!*command)
		usage_error("no command after %s", command[-1] ?: "--");
	/* If SIGCHLD were ignored, we would not learn of the child's end or its status. */
	signal(SIGCHLD, SIG_DFL);
	if (pipe2(go, O_CLOEXEC) || (cmd.pid = fork()) < 0)
		err(1, "cannot start %s", *command);
	if (!cmd.pid) {
		close(go[1]);
		if (read(go[0], &byte, 1) != 1)
			_exit(0); /* the tool gave up */
		execvp(*command, command);
		warn("%s", *command);
		_exit(errno == ENOENT ? 127 : 126);
	}
	close(go[0]);
	cmd.go = go[1];
	cmd.program = *command;
	priv_keep_unless_root(CAP_KILL); /* to pass signals on to it */
	return cmd.pid;
}

const char *cmd_program(void)
{
	return cmd.program;
}

void cmd_start(void)
{
	if (cmd.pid && write(cmd.go, "", 1) != 1)
		err(1, "cannot start the command");
}

bool cmd_ended(void)
{
	if (cmd.pid && !cmd.ended)
		cmd.ended = waitpid(cmd.pid, &cmd.status, WNOHANG) == cmd.pid;
	return cmd.ended;
}

void cmd_signal(int sig)
{
	if (cmd.pid && !cmd.ended)
		kill(cmd.pid, sig);
}

int cmd_status(void)
{
	if (!cmd.ended)
		return 0;
	return WIFEXITED(cmd.status) ? WEXITSTATUS(cmd.status) : 128 + WTERMSIG(cmd.status);
}
