// SPDX-License-Identifier: BSD-2-Clause
/* A library with a readline(), and with -DPROGRAM what calls it: [pid,"line",cut]. */
#ifndef PROGRAM
#include <stdlib.h>
#include <string.h>

char *readline(const char *prompt);
char *readline(const char *prompt)
{
	return prompt ? strdup(prompt) : NULL;
}
#else
#include "work.h"
#include <unistd.h>

char *readline(const char *prompt);

int main(int argc, char **argv)
{
	if (argc < 2)
		errx(2, "usage: bash EXPECTED [WAIT_FOR]");
	expect_to(argv[1]);
	if (argc > 2)
		expect("[%d]", getpid());
	for (int i = 0; argc > 2 && access(argv[2], F_OK) && i < 60000; i++)
		usleep(1000);
	expect_to(argv[1]);
	for (int i = 0; i < 3; i++)
		expect("[%d,\"%s\",false]", getpid(), readline("a line of the library"));
	readline(NULL);
	return 0;
}
#endif
