// SPDX-License-Identifier: BSD-2-Clause
/*
 * readlines EXPECTED [-w FILE] COMMAND...	types known lines at a shell on a terminal of its own
 *
 * The command must become an interactive bash without forking.  -w: types the first line only when the
 * file exists, and does not expect that to be seen.  Writes [pid,"line",cut].
 */
#include "work.h"
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/*
 * What the shell prints before it asks for a line, and the prompt.  Readline prints the prompt again
 * whenever it scrolls a long line.  No line that is typed contains either.
 */
#define READY  "<?>"
#define PROMPT "{?}"

static int terminal;
static pid_t shell;

static void shell_start(char **command)
{
	struct termios t;
	int tty;

	terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal < 0 || grantpt(terminal) || unlockpt(terminal))
		err(1, "cannot get a terminal");
	tty = open(ptsname(terminal), O_RDWR | O_NOCTTY);
	if (tty < 0 || tcgetattr(tty, &t))
		err(1, "%s", ptsname(terminal));
	shell = fork();
	if (shell) {
		close(tty);
		return;
	}
	setsid();
	ioctl(tty, TIOCSCTTY, 0);
	for (int i = 0; i < 3; i++)
		dup2(tty, i);
	setenv("PROMPT_COMMAND", "echo '" READY "'", 1);
	setenv("PS1", PROMPT, 1);
	setenv("TERM", "dumb", 1);
	setenv("HISTFILE", "/dev/null", 1);
	execvp(command[0], command);
	err(127, "%s", command[0]);
}

/* Read what the shell writes until it asks for a line; false: it has ended. */
static bool prompted(void)
{
	static const char *const wanted[] = { READY, PROMPT };
	size_t word = 0, at = 0;
	char buf[4096];

	for (;;) {
		struct pollfd p = { terminal, POLLIN, 0 };
		ssize_t n;

		if (poll(&p, 1, 60000) != 1)
			errx(1, "no prompt in a minute");
		n = read(terminal, buf, sizeof(buf));
		if (n <= 0)
			return false;
		for (ssize_t i = 0; i < n && word < 2; i++) {
			at = buf[i] == wanted[word][at] ? at + 1 : buf[i] == wanted[word][0];
			if (!wanted[word][at]) {
				word++;
				at = 0;
			}
		}
		if (word == 2)
			return true;
	}
}

static void type(const char *s)
{
	if (write(terminal, s, strlen(s)) != (ssize_t)strlen(s))
		err(1, "cannot type");
}

/* Type a line, and wait until it has been taken. */
static void line(const char *s, bool seen)
{
	type(s);
	type("\n");
	if (!prompted())
		errx(1, "the shell ended at '%s'", s);
	if (seen)
		expect("[%d,\"%s\",false]", shell, s);
}

/* N blanks and a colon, put there by the shell itself: to type so much takes long. */
static void long_line(int n, int shown)
{
	char keys[128];

	snprintf(keys, sizeof(keys), "bind -x '\"\\C-t\":printf -v READLINE_LINE %%%ds :'", n);
	type(keys);
	type("\n");
	if (!prompted())
		errx(1, "the shell ended");
	snprintf(keys, sizeof(keys), "bind -x '\\\"\\\\C-t\\\":printf -v READLINE_LINE %%%ds :'",
		 n);
	expect("[%d,\"%s\",false]", shell, keys);
	type("\024\n");
	if (!prompted())
		errx(1, "the shell ended at a long line");
	if (n > shown)
		expect("[%d,\"%*s\",true]", shell, shown, "");
	else
		expect("[%d,\"%*s\",false]", shell, n, ":");
}

int main(int argc, char **argv)
{
	const char *wait_for = NULL;
	int command = 2;

	if (argc > 4 && !strcmp(argv[2], "-w")) {
		wait_for = argv[3];
		command = 4;
	}
	if (argc <= command)
		errx(2, "usage: readlines EXPECTED [-w FILE] COMMAND...");
	expect_to(argv[1]);
	shell_start(argv + command);
	if (!prompted())
		errx(1, "no shell");
	if (wait_for) {
		expect("[%d,\"ready\"]", shell);
		for (int i = 0; access(wait_for, F_OK) && i < 60000; i++)
			usleep(1000);
		expect_to(argv[1]);
		line(":", false);
	}
	line("echo one", true);
	line("", true);
	line(": \303\244 ! 'two'", true);
	long_line(254, 16383);
	long_line(255, 16383);
	long_line(256, 16383);
	long_line(16383, 16383);
	long_line(16384, 16383);
	type("\004"); /* the end of the input is no line */
	while (prompted())
		;
	waitpid(shell, NULL, 0);
	return 0;
}
