// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a tool prints of a damaged recording.  All runs are in one process, millions of them, guided
 * by libFuzzer.  $FUZZ_TOOL is the tool, $FUZZ_OPTIONS its options.  records.c tests the same from
 * outside, by running the tools.
 */
#include "clean.h"
#include "fuzz.h"
#include "main/args.h"
#include "main/tool.h"
#include "output/print.h"
#include "output/recording.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* What TOOL() puts there. */
extern const struct tool *const __start_tools[], *const __stop_tools[];

static struct tool me;
static int printed; /* stdout */

static void choose(const char *name)
{
	for (const struct tool *const *t = __start_tools; t < __stop_tools; t++)
		if (!strcmp((*t)->name, name))
			me = **t;
	if (!me.name) {
		fprintf(stderr, "FUZZ_TOOL: there is no tool '%s'\n", name);
		abort();
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static char *words[32], options[256];
	char *rest = options, *word;
	int n = 0;

	(void)argc;
	(void)argv;
	setenv("TZ", "UTC", 1);
	choose(getenv("FUZZ_TOOL") ?: "opensnoop");
	words[n++] = (char *)me.name;
	snprintf(options, sizeof(options), "%s", getenv("FUZZ_OPTIONS") ?: "");
	while ((word = strsep(&rest, " ")) && n < 31)
		if (*word)
			words[n++] = word;
	run.tool = &me;
	if (me.called_as)
		me.called_as(&me, me.name);
	run.interval = me.interval;
	args_parse(n, words);
	records_init();
	if (me.table)
		me.table->init();
	printed = memfd_create("printed", 0);
	dup2(printed, STDOUT_FILENO);
	return 0;
}

/* What was printed, as a string. */
static char *take_printed(size_t *len)
{
	char *text;
	off_t n;

	out_flush();
	n = lseek(printed, 0, SEEK_CUR);
	text = malloc(n + 1);
	*len = pread(printed, text, n, 0);
	text[*len] = 0;
	if (lseek(printed, 0, SEEK_SET) || ftruncate(printed, 0))
		abort();
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fuzz_file(data, size), next = dup(fd);
	const char *bad;
	char *text;
	size_t len;

	close(next); /* replay_run()'s, which it does not close if it exits */
	replay_from(fuzz_path(fd));
	CATCH_EXIT({ replay_run(); });
	text = take_printed(&len);
	bad = is_raw(run.tool->name, run.json) ? NULL : bad_text((unsigned char *)text, len);
	if (!bad && run.json)
		bad = bad_json(text);
	if (bad) {
		fprintf(stderr, "%s: %.*s\n", bad, (int)len, text);
		abort();
	}
	free(text);
	close(next);
	close(fd);
	return 0;
}
