// SPDX-License-Identifier: BSD-2-Clause
#include "args.h"
#include "cmd.h"
#include "fields.h"
#include "man.h"
#include "replay.h"
#include "tool.h"
#include <argp.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION "0.1"
#endif

#define MAX_OPTS 64

static bool letters[128]; /* given */
static bool exec_only;    /* --exec: trace only the command's process */
static bool parse_only;   /* the examples of man pages are tested so */

bool given(int opt)
{
	return opt > 0 && opt < 128 && letters[opt];
}

static void set_buffer(const char *arg)
{
	run.buffer = parse_size(arg, "buffer", 4096, 1u << 31);
}

void set_buffer_pages(const char *arg)
{
	run.buffer = parse_u64(arg, "buffer-pages", 1, 1 << 18) * sysconf(_SC_PAGESIZE);
}

void opt_rows(const struct opt *o, const char *arg)
{
	opt_u32(o, arg);
	run.rows = run.rows ?: 1;
}

static void print_version(const char *arg)
{
	(void)arg;
	printf("%s (snoopkit) " VERSION "\n", run.tool->name);
	exit(0);
}

static void print_man(const char *arg)
{
	(void)arg;
	man_print();
	exit(0);
}

static void print_options(const char *arg)
{
	(void)arg;
	man_options();
	exit(0);
}

/* What every tool has.  A tool's own row with the same name or letter comes first. */
static const struct opt shared[] = {
	OPT_FLAG(0, "json", &run.json, "Print JSON Lines: one object per line, data only"),
	OPT_CALL(0, "fields", "LIST", fields_set,
		 "Add to each JSON row: host, the machine's name, or host=NAME; cgroup, the path "
		 "of the process's cgroup v2, and the ID of the container in it"),
	OPT_DURATION(0),
	OPT_CALL(0, "buffer", "SIZE", set_buffer,
		 "Size of the event buffer, as in 8M (default: 512K for each CPU)"),
	OPT_STR(0, "btf", "FILE", &run.btf,
		"Take the kernel's type information (BTF) from this file, or image of the same "
		"kernel, "
		"as from the one that SNOOPKIT_BTF names: for kernels without their own"),
	OPT_FLAG('v', "verbose", &run.verbose, "Show what libbpf and the verifier say"),
	OPT_CALL('V', "version", NULL, print_version, "Print the version"),
	{ 0 },
};

static const struct opt hidden[] = {
	OPT_CALL(0, "man", NULL, print_man, NULL),
	OPT_CALL(0, "options", NULL, print_options, NULL),
	OPT_CALL(0, "record", "FILE", replay_record_to, NULL),
	OPT_CALL(0, "replay", "FILE", replay_from, NULL),
	OPT_FLAG(0, "parse-only", &parse_only, NULL),
	{ 0 },
};

/* All options in one list, as man.c and argp want them. */
static struct opt all[MAX_OPTS];
static size_t n_all, n_own;

static bool has_option(const char *name, int key)
{
	for (size_t i = 0; i < n_all; i++)
		if ((name && !strcmp(all[i].name, name)) || (key && all[i].key == key))
			return true;
	return false;
}

static void add(struct opt o)
{
	if (n_all == MAX_OPTS - 1)
		errx(1, "more than %d options", MAX_OPTS);
	all[n_all++] = o;
}

static void shown_by_column(const char *arg)
{
	(void)arg; /* its letter says all */
}

static void collect(void)
{
	const struct tool *tool = run.tool;

	for (const struct opt *o = tool->opts; o && o->name; o++)
		add(*o);
	for (const struct col *c = tool->cols; c->name; c++)
		if (c->optname)
			add((struct opt)OPT_CALL(c->opt, c->optname, NULL, shown_by_column,
						 c->opthelp));
	n_own = n_all;
	for (const struct opt *o = shared; o->name; o++)
		if (!has_option(o->name, 0)) {
			struct opt copy = *o;

			if (has_option(NULL, o->key))
				copy.key = 0;
			add(copy);
		}
	for (const struct opt *o = tool->table ? tool->table->opts : NULL; o && o->name; o++)
		add(*o);
	for (const struct opt *o = hidden; o->name; o++)
		add(*o);
}

const struct opt *args_options(size_t *own)
{
	if (!n_all)
		collect();
	*own = n_own;
	return all;
}

int positional_duration(unsigned int n, const char *arg)
{
	if (!n)
		run.duration = parse_u64(arg, "duration", 1, 99999999);
	return !n;
}

static int key_of(size_t i)
{
	return all[i].key ?: 256 + (int)i;
}

static error_t on_positional(struct argp_state *st, const char *arg)
{
	const struct tool *tool = run.tool;

	if (tool->positional) {
		if (!tool->positional(st->arg_num, arg))
			usage_error("unexpected argument '%s'", arg);
	} else if (tool->map && !tool->no_interval && st->arg_num == 0) {
		run.interval = parse_u64(arg, "interval", 1, 99999999);
	} else if (tool->map && !tool->no_interval && st->arg_num == 1) {
		run.count = parse_u64(arg, "count", 0, UINT32_MAX);
	} else {
		usage_error("unexpected argument '%s'", arg);
	}
	return 0;
}

static error_t on_key(int key, char *arg, struct argp_state *st)
{
	if (key == ARGP_KEY_ARG)
		return on_positional(st, arg);
	if (key == 'h' && !has_option(NULL, 'h')) {
		argp_state_help(st, stdout, ARGP_HELP_STD_HELP);
		return 0;
	}
	for (size_t i = 0; i < n_all; i++)
		if (key == key_of(i)) {
			if (key < 128)
				letters[key] = true;
			all[i].set(&all[i], arg);
			return 0;
		}
	return ARGP_ERR_UNKNOWN;
}

/* BCC writes some long options with '_', others with '-': take both. */
static void dash_long_options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strncmp(argv[i], "--", 2))
			for (char *p = argv[i]; *p && *p != '='; p++)
				if (*p == '_')
					*p = '-';
}

int args_commands(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--exec") && run.tool->opts) {
			exec_only = true;
			argv[i] = "--";
		}
	run.command = cmd_prepare(&argc, argv);
	return argc;
}

void args_parse(int argc, char **argv)
{
	struct argp_option opts[MAX_OPTS + 2] = {}, *o = opts;
	struct argp argp = { opts, on_key, run.tool->args, NULL, NULL, NULL, NULL };
	char doc[4096];
	size_t own;

	args_options(&own);
	for (size_t i = 0; i < n_all; i++) {
		if (i == own)
			*o++ = (struct argp_option){ .doc = "Every tool has:", .group = 1 };
		*o++ = (struct argp_option){ .name = all[i].name,
					     .key = key_of(i),
					     .arg = all[i].arg,
					     .doc = all[i].help,
					     .flags = all[i].help ? 0 : OPTION_HIDDEN,
					     .group = i >= own };
	}
	if (!has_option(NULL, 'h'))
		*o++ = (struct argp_option){ .key = 'h', .flags = OPTION_HIDDEN };
	snprintf(doc, sizeof(doc), "%s\v%s", run.tool->summary, run.tool->examples ?: "");
	argp.doc = doc;
	argp_err_exit_status = 2;
	dash_long_options(argc, argv);
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (exec_only) {
		if (filter_only_pid())
			usage_error("--exec traces the command only: it excludes --pid");
		filter_set_pid(run.command);
	}
	fields_init();
	if (run.tool->parsed)
		run.tool->parsed();
	if (parse_only)
		exit(0);
}
