// SPDX-License-Identifier: BSD-2-Clause
/* snoopkit: all tools in one program, which runs the tool it is called as, or the one its argument names. */
#include "kernel/kbtf.h"
#include "main/tool.h"
#include "output/streams.h"
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

extern const struct tool *const __start_tools[], *const __stop_tools[];

/* Other names of tools, from man/: pairs, such as "ext4dist", "fsdist". */
static const char *const aliases[][2] = { ALIASES{ NULL } };

static const struct tool *tool_named(const char *name)
{
	for (size_t i = 0; aliases[i][0]; i++)
		if (!strcmp(name, aliases[i][0]))
			name = aliases[i][1];
	for (const struct tool *const *t = __start_tools; t < __stop_tools; t++)
		if (!strcmp(name, (*t)->name))
			return *t;
	return NULL;
}

/*
 * Programs can be installed with a prefix and a suffix, as in bpf-opensnoop.  The tool's name is
 * the first matching word, or words, between them.
 */
static const struct tool *tool_installed_as(const char *name)
{
	const struct tool *tool = tool_named(name);
	char words[64];

	while (!tool && *name) {
		size_t n;

		while (!isalnum((unsigned char)*name) && *name)
			name++;
		/* Of names that begin here the longest: reset-trace, not trace. */
		for (n = strnlen(name, sizeof(words) - 1); !tool && n; n--) {
			if (isalnum((unsigned char)name[n]))
				continue; /* in the middle of a word */
			memcpy(words, name, n);
			words[n] = 0;
			tool = tool_named(words);
		}
		while (isalnum((unsigned char)*name))
			name++;
	}
	return tool;
}

static void list(void)
{
	printf("Usage: %s TOOL [OPTION...]\n"
	       "   or: %s --btf-min BTF OUT [TOOL...]: what tools need of a kernel's types\n"
	       "The tools, each with --help:\n\n",
	       program_invocation_short_name, program_invocation_short_name);
	for (const struct tool *const *t = __start_tools; t < __stop_tools; t++)
		printf("  %-15s %s\n", (*t)->name, (*t)->summary);
	for (size_t i = 0; aliases[i][0]; i++)
		printf("  %-15s Another name of %s.\n", aliases[i][0], aliases[i][1]);
}

/*
 * snoopkit --btf-min BTF OUT [TOOL...]: write the part of a kernel's types that the tools, or some
 * of them, need.  The objects stay open, because they own the names.
 */
static int btf_min(int argc, char **argv)
{
	if (argc < 4)
		usage_error("--btf-min BTF OUT [TOOL...]");
	run.btf = argv[2];
	libbpf_set_print(NULL);
	for (int i = 4; i < argc; i++)
		if (!tool_named(argv[i]))
			usage_error("there is no tool '%s'", argv[i]);
	for (const struct tool *const *t = __start_tools; t < __stop_tools; t++) {
		bool wanted = argc == 4;
		const struct skel *skel;

		for (int i = 4; i < argc; i++)
			wanted |= tool_named(argv[i]) == *t;
		if (!wanted)
			continue;
		skel = (*t)->open(NULL);
		if (!skel)
			err(1, "cannot open the BPF object of %s", (*t)->name);
		kbtf_want(skel->obj);
	}
	kbtf_save(argv[3]);
	return 0;
}

int main(int argc, char **argv)
{
	const struct tool *tool;

	streams_init();
	tool = tool_installed_as(program_invocation_short_name);
	if (tool)
		return tool_main(tool, argc, argv);
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		list();
		return 0;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("snoopkit " VERSION);
		return 0;
	}
	if (!strcmp(argv[1], "--btf-min"))
		return btf_min(argc, argv);
	tool = tool_named(argv[1]);
	if (!tool)
		usage_error("there is no tool '%s'; without arguments, %s lists them", argv[1],
			    program_invocation_short_name);
	argc--, argv++;
	program_invocation_name = program_invocation_short_name = argv[0];
	return tool_main(tool, argc, argv);
}
