// SPDX-License-Identifier: BSD-2-Clause
/* snoopkit-check: shows what this kernel offers, and which tools work on it. */
#include "base/opt.h"
#include "check.h"
#include "output/out.h"
#include "output/streams.h"
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static const char *program;
static bool json, failed;
static size_t n_tools;

static bool no_option(int opt)
{
	(void)opt;
	return false;
}

/* ---- cells ---- */

CELL(feature_name, feature, value_str(e->name))
CELL(feature_note, feature, value_prose(e->note))

static struct value feature_has(struct rec r)
{
	const struct feature *f = r.p;

	if (f->has == SETTING)
		return value_none(*f->value ? f->value : "?");
	return value_bool(f->has == YES, NULL);
}

static struct value feature_value(struct rec r)
{
	const struct feature *f = r.p;
	char *end;
	long n = strtol(f->value, &end, 10);

	if (!*f->value)
		return value_none("");
	return *end ? value_str(f->value) : value_int(n);
}

static const struct col feature_cols[] = {
	{ COLF("FEATURE", -33, feature_name) },
	{ COLF("HAS", -7, feature_has) },
	{ COLF("value", 0, feature_value), JSON_ONLY },
	{ COLF("NOTE", 0, feature_note) },
	{ 0 },
};

CELL(tool_name, checked, value_str(e->name))
CELL(tool_works, checked, value_bool(e->works, e->works && e->n_missing ? "less" : NULL))
CELL(tool_why, checked, value_maybe(e->why))

static struct value tool_probes(struct rec r)
{
	const struct checked *c = r.p;
	static struct list l;
	static struct str names;

	names.len = 0;
	for (int i = 0; i < PROBE_KINDS; i++)
		if (c->probes >> i & 1)
			str_put(&names, probe_kinds[i], strlen(probe_kinds[i]) + 1);
	l = (struct list){ NULL, { names.p, names.p + names.len }, LIST_COMMAS, false };
	return value_list(&l);
}

static struct value tool_missing(struct rec r)
{
	const struct checked *c = r.p;
	static struct list l;
	static struct str names;

	names.len = 0;
	for (size_t i = 0; i < c->n_missing; i++)
		str_put(&names, c->missing[i], strlen(c->missing[i]) + 1);
	l = (struct list){ NULL, { names.p, names.p + names.len }, LIST_COMMAS, false };
	return value_list(&l);
}

/* Why not, or why less: what people want to know. */
static struct value tool_note(struct rec r)
{
	const struct checked *c = r.p;
	static char list[4096];

	*list = 0;
	for (size_t i = 0; i < c->n_missing && c->works; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
			 i ? ", " : "does not see ", c->missing[i]);
	return value_prose(c->works ? list : c->why ?: "");
}

static const struct col tool_cols[] = {
	{ COLF("TOOL", -16, tool_name) },
	{ COLF("WORKS", -5, tool_works) },
	{ COLF("PROBES", -22, tool_probes) },
	{ COLF("missing", 0, tool_missing), JSON_ONLY },
	{ COLF("why", 0, tool_why), JSON_ONLY },
	{ COLF("WHY", 0, tool_note), TEXT_ONLY },
	{ 0 },
};

/* ---- the report ---- */

static struct out *features, *tools;

static void feature(const struct feature *f)
{
	out_rec(features, (struct rec){ f, sizeof(*f) }, time_mono());
}

static void tool(const struct checked *c)
{
	n_tools++;
	failed |= !c->works;
	out_rec(tools, (struct rec){ c, sizeof(*c) }, time_mono());
	out_flush(); /* the next one can take a second */
}

static void kernel(void)
{
	struct feature f = { .name = "kernel", .has = SETTING };
	struct utsname u;

	uname(&u);
	snprintf(f.value, sizeof(f.value), "%s", u.release);
	if (json)
		feature(&f);
	else
		text("Linux %s on %s, user %u\n\n", u.release, u.machine, geteuid());
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static void help(void)
{
	printf("Usage: %s [--json] [TOOL...]\n"
	       "Show what this kernel offers for tracing, and which tools work on it.\n\n"
	       "      --json       Print JSON Lines: one object per feature and tool\n"
	       "  -V, --version    Print the version\n"
	       "  -h, --help       Print this\n\n"
	       "Exit status: 0 if every tool works, even if only in part; 1 if one does not.\n",
	       program);
	exit(0);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "json", no_argument, NULL, 'j' },
						 { "version", no_argument, NULL, 'V' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	int opt;

	streams_init();
	program = program_invocation_short_name;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, "Vh", options, NULL)) != -1)
		switch (opt) {
		case 'j':
			json = true;
			break;
		case 'V':
			printf("%s (snoopkit) " VERSION "\n", program);
			return 0;
		case 'h':
			help();
			break;
		default:
			if (optopt)
				usage_error("unknown option '-%c'; --help lists them all", optopt);
			usage_error("unknown option '%s'; --help lists them all", argv[optind - 1]);
		}
	argv += optind;
	for (char **name = argv; *name; name++)
		if (!installed_known(*name))
			errx(2, "snoopkit has no tool '%s'", *name);
	libbpf_set_print(quiet);
	features = out_new(feature_cols, json, no_option);
	tools = out_new(tool_cols, json, no_option);
	kernel();
	out_head(features);
	features_try(feature);
	if (!json)
		text("\n");
	out_head(tools);
	out_flush();
	installed_check(argv, tool);
	if (!n_tools)
		errx(1, "no snoopkit tool is installed beside %s", program);
	return failed;
}
