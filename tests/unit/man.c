// SPDX-License-Identifier: BSD-2-Clause
/* Whatever a string in a tool's table begins with, man(1) must take it as text. */
#include "main/man.h"
#include "main/tool.h"
#include "test.h"
#include <stdlib.h>

static bool flag;

static const struct opt opts[] = {
	OPT_FLAG('a', "all", &flag, ".hidden files as well"),
	OPT_FLAG('q', "quote", &flag, "'x' or x-y, with \\"),
	{ 0 },
};

static const struct col cols[] = {
	{ .name = "PID", .help = ".5 of it" },
	{ 0 },
};

static const struct tool tool = { .name = "x", .opts = opts, .cols = cols };

int main(void)
{
	FILE *out = stdout;
	char *page;
	size_t n;

	run.tool = &tool;
	stdout = open_memstream(&page, &n);
	man_print();
	fclose(stdout);
	stdout = out;
	ok(strstr(page, "\n\\&.hidden files as well.\n"), "a help that begins with a dot");
	ok(strstr(page, "\n\\&'x' or x\\-y, with \\e.\n"), "with a quote");
	ok(strstr(page, "\n\\&.5 of it.\n"), "of a field");
	free(page);
	return done();
}
