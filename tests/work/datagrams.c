// SPDX-License-Identifier: BSD-2-Clause
/* datagrams SOCKET FILE COMMAND...: write to FILE what COMMAND sends to SOCKET; exits with its status. */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), status;
	char buf[65536];
	pid_t reader, command;
	ssize_t n;

	if (argc < 4)
		errx(2, "usage: datagrams SOCKET FILE COMMAND...");
	strncpy(a.sun_path, argv[1], sizeof(a.sun_path) - 1);
	if (bind(s, (void *)&a, sizeof(a)))
		err(1, "%s", argv[1]);
	reader = fork();
	if (!reader) {
		FILE *f = fopen(argv[2], "w");

		/* An empty one is the last. */
		while (f && (n = recv(s, buf, sizeof(buf), 0)) > 0)
			fwrite(buf, 1, n, f);
		_exit(!f || fclose(f));
	}
	command = fork();
	if (!command) {
		execv(argv[3], argv + 3);
		err(127, "%s", argv[3]);
	}
	waitpid(command, &status, 0);
	if (sendto(s, "", 0, 0, (void *)&a, sizeof(a)))
		err(1, "sendto");
	waitpid(reader, NULL, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
