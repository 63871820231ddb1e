// SPDX-License-Identifier: BSD-2-Clause
#include "main/args.h"
#include "main/cmd.h"
#include "main/man.h"
#include "main/tool.h"
#include "output/fields.h"
#include "output/recording.h"
#include <argp.h>
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION "0.1"
#endif

#define MAX_OPTS 64
enum { OPT_HELP = 512, OPT_USAGE }; /* as keys; letters and key_of() are below */

static bool exec_only;  /* --exec: trace only the command's process */
static bool parse_only; /* for the tests of man pages' examples */

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
		 "Add fields to each JSON row: host, the machine's name (host=NAME sets it); "
		 "cgroup, the process's cgroup v2 path and container ID"),
	OPT_DURATION(0),
	OPT_CALL(0, "buffer", "SIZE", set_buffer,
		 "Size of the event buffer, such as 8M (default: 512K per CPU)"),
	OPT_STR(0, "btf", "FILE", &run.btf,
		"Read the kernel's type information (BTF) from this file, a BTF file or an image "
		"of the same kernel (default: the file that SNOOPKIT_BTF names); for kernels "
		"without BTF"),
	OPT_FLAG('v', "verbose", &run.verbose, "Show messages from libbpf and the verifier"),
	OPT_CALL('V', "version", NULL, print_version, "Print the version"),
	{ 0 },
};

/* args_commands() handles it; this row is for --help, the man page and completions. */
static const struct opt exec_opt = OPT_CALL(
	0, "exec", "COMMAND", NULL,
	"Run this command with the arguments that follow, as -- does, but trace only its own "
	"process, not its children");

static const struct opt once_opt =
	OPT_FLAG(0, "once", &run.once, "Print a single report, at the end");

/* Of tools that act. */
static const struct opt act_opts[] = {
	OPT_FLAG(0, "enforce", &run.enforce, "Do it; without this, only show what would be done"),
	OPT_U32(0, "for", "SECONDS", &run.duration, 1, 99999999,
		"End after this long, and with it the effect, even if the tool itself hangs"),
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

/* All options in one list, for man.c and argp. */
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
	(void)arg; /* given() of its letter is enough */
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
	for (const struct opt *o = tool->acts ? act_opts : NULL; o && o->name; o++)
		add(*o);
	n_own = n_all;
	for (const struct opt *o = shared; o->name; o++)
		if (!has_option(o->name, 0)) {
			struct opt copy = *o;

			if (has_option(NULL, o->key))
				copy.key = 0;
			add(copy);
		}
	if (tool->opts)
		add(exec_opt);
	if (tool->interval && tool->interval < NEVER)
		add(once_opt);
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

void whole_intervals(void)
{
	if (run.interval && run.duration)
		run.count = (run.duration + run.interval - 1) / run.interval;
	else
		run.count = run.duration ? 1 : 0;
	run.interval = run.interval ?: run.duration ?: NEVER;
	run.duration = 0;
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

static void on_positional(unsigned int n, const char *arg)
{
	const struct tool *tool = run.tool;

	if (tool->positional) {
		if (!tool->positional(n, arg))
			usage_error("unexpected argument '%s'", arg);
	} else if (tool->table && !tool->no_interval && n == 0) {
		run.interval = parse_u64(arg, "interval", 1, 99999999);
	} else if (tool->table && !tool->no_interval && n == 1) {
		run.count = parse_u64(arg, "count", 0, UINT32_MAX);
	} else {
		usage_error("unexpected argument '%s'", arg);
	}
}

/* BCC spells some long options with '_' and others with '-': accept both. */
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
	static const char equals[] = "--exec=";
	char **command = NULL;

	for (int i = 1; i < argc && !command; i++) {
		bool with_arg = !strncmp(argv[i], equals, strlen(equals));

		exec_only = run.tool->opts && (with_arg || !strcmp(argv[i], "--exec"));
		if (!exec_only && strcmp(argv[i], "--"))
			continue;
		if (with_arg)
			argv[i] += strlen(equals);
		command = argv + i + !with_arg;
		argc = i;
	}
	run.command = cmd_prepare(command);
	return argc;
}

/* Have argp print the options, and exit. */
static void __attribute__((noreturn)) help(unsigned int flags)
{
	struct argp_option opts[MAX_OPTS + 4] = {}, *o = opts;
	struct argp argp = { .options = opts, .args_doc = run.tool->args };
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
	*o++ = (struct argp_option){ "help", '?', NULL, 0, "Give this help list", -1 };
	*o++ = (struct argp_option){ "usage", OPT_USAGE, NULL, 0, "Give a short usage message", 0 };
	snprintf(doc, sizeof(doc), "%s\v%s", run.tool->summary, run.tool->examples ?: "");
	argp.doc = doc;
	argp_help(&argp, stdout, flags, program_invocation_short_name);
	exit(0);
}

void args_help(void)
{
	help(ARGP_HELP_STD_HELP & ~ARGP_HELP_EXIT_OK);
}

/* Report what getopt_long() rejected: C is its result, ARG the argument it was at. */
static void refuse(int c, const char *arg)
{
	size_t len = strcspn(arg, "="), n = 0;
	char like[512] = "";

	for (size_t i = 0; i < n_all; i++) {
		if (optopt && optopt == key_of(i) && c == ':')
			usage_error("--%s: missing argument %s", all[i].name, all[i].arg);
		if (optopt && optopt == key_of(i))
			usage_error("--%s takes no argument", all[i].name);
		if (!optopt && all[i].help && !strncmp(all[i].name, arg + 2, len - 2))
			snprintf(like + strlen(like), sizeof(like) - strlen(like), "%s--%s",
				 n++ ? ", " : "", all[i].name);
	}
	if (n > 1)
		usage_error("%.*s is ambiguous: %s", (int)len, arg, like);
	if (!optopt)
		usage_error("unknown option '%.*s'; --help lists them all", (int)len, arg);
	if (optopt >= '0' && optopt <= '9')
		usage_error("unknown option '-%c'; numbers can't be negative", optopt);
	usage_error("unknown option '-%c'; --help lists them all", optopt);
}

static void take(int c, const char *arg)
{
	if (c == OPT_HELP || (c == 'h' && !has_option(NULL, 'h')))
		args_help();
	if (c == OPT_USAGE)
		help(ARGP_HELP_USAGE);
	for (size_t i = 0; i < n_all; i++)
		if (c == key_of(i))
			opt_take(&all[i], arg);
}

static int argument(const struct opt *o)
{
	if (!o->arg)
		return no_argument;
	return *o->arg == '[' ? optional_argument : required_argument;
}

/* Does the option that getopt_long() found take an argument? */
static int takes(int c)
{
	for (size_t i = 0; i < n_all; i++)
		if (c == key_of(i))
			return argument(&all[i]);
	return no_argument;
}

void args_parse(int argc, char **argv)
{
	struct option longs[MAX_OPTS + 3] = {}, *l = longs;
	char shorts[3 * MAX_OPTS + 4] = ":", *s = shorts + 1;
	size_t own;
	int c;

	args_options(&own);
	for (size_t i = 0; i < n_all; i++) {
		*l++ = (struct option){ all[i].name, argument(&all[i]), NULL, key_of(i) };
		if (all[i].key) {
			*s++ = all[i].key;
			for (int n = argument(&all[i]); n; n--)
				*s++ = ':';
		}
	}
	*s = 0;
	if (!has_option(NULL, 'h'))
		*s++ = 'h';
	*l++ = (struct option){ "help", no_argument, NULL, OPT_HELP };
	*l++ = (struct option){ "usage", no_argument, NULL, OPT_USAGE };
	dash_long_options(argc, argv);
	opterr = 0;
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (!optarg && takes(c) == optional_argument && optind < argc &&
		    *argv[optind] != '-')
			optarg = argv[optind++]; /* getopt would only take it without a blank */
		if (c == '?' && optopt == '?')
			c = OPT_HELP;
		if (c == '?' || c == ':')
			refuse(c, argv[optind - 1]);
		take(c, optarg);
	}
	for (int i = optind; i < argc; i++)
		on_positional(i - optind, argv[i]);
	if (run.once && run.interval != run.tool->interval)
		usage_error("--once and an interval exclude each other");
	if (run.once) {
		run.interval = NEVER;
		run.no_clear = true;
	}
	if (exec_only) {
		if (filter_only_pid())
			usage_error("--exec and --pid exclude each other");
		filter_set_pid(run.command);
	}
	fields_init();
	if (run.tool->parsed)
		run.tool->parsed();
	if (parse_only)
		exit(0);
}
