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

#define LINE_WIDTH 99

/* Print the words of the last cell, which begins at this column, wrapped. */
static void wrapped(struct out *o, size_t indent, const char *s)
{
	size_t room = LINE_WIDTH - indent;
	bool first = true;

	if (out_is_json(o)) {
		out_str(o, s);
		return;
	}
	do {
		size_t n = strlen(s);

		if (n > room) {
			for (n = room; n && s[n] != ' '; n--)
				;
			n = n ?: strcspn(s, " ");
		}
		if (first)
			out_strn(o, s, n);
		else {
			text("\n%*s", (int)indent, "");
			text_str(s, n);
		}
		first = false;
		s += n + (s[n] == ' ');
	} while (*s);
}

static void feature_name(struct out *o, const void *rec)
{
	out_str(o, ((const struct feature *)rec)->name);
}

static void feature_has(struct out *o, const void *rec)
{
	const struct feature *f = rec;

	if (f->has == SETTING)
		out_null(o, *f->value ? f->value : "?");
	else if (out_is_json(o))
		out_bool(o, f->has == YES);
	else
		out_str(o, f->has == YES ? "yes" : "no");
}

static void feature_value(struct out *o, const void *rec)
{
	const struct feature *f = rec;
	char *end;
	long n = strtol(f->value, &end, 10);

	if (!*f->value)
		out_null(o, "");
	else if (*end)
		out_str(o, f->value);
	else
		out_int(o, n);
}

static void feature_note(struct out *o, const void *rec)
{
	wrapped(o, 42, ((const struct feature *)rec)->note);
}

static const struct col feature_cols[] = {
	{ COLF("FEATURE", -33, feature_name) },
	{ COLF("HAS", -7, feature_has) },
	{ COLF("value", 0, feature_value), JSON_ONLY },
	{ COLF("NOTE", 0, feature_note) },
	{ 0 },
};

static void tool_name(struct out *o, const void *rec)
{
	out_str(o, ((const struct checked *)rec)->name);
}

static void tool_works(struct out *o, const void *rec)
{
	const struct checked *c = rec;

	if (out_is_json(o))
		out_bool(o, c->works);
	else
		out_str(o, !c->works ? "no" : c->n_missing ? "less" : "yes");
}

static void tool_probes(struct out *o, const void *rec)
{
	const struct checked *c = rec;
	char list[128] = "";

	if (!out_is_json(o)) {
		for (int i = 0; i < PROBE_KINDS; i++)
			if (c->probes >> i & 1)
				sprintf(list + strlen(list), "%s%s", *list ? ", " : "",
					probe_kinds[i]);
		out_str(o, list);
		return;
	}
	out_list_begin(o);
	for (int i = 0; i < PROBE_KINDS; i++)
		if (c->probes >> i & 1)
			out_list_str(o, probe_kinds[i], strlen(probe_kinds[i]));
	out_list_end(o);
}

static void tool_missing(struct out *o, const void *rec)
{
	const struct checked *c = rec;

	out_list_begin(o);
	for (size_t i = 0; i < c->n_missing; i++)
		out_list_str(o, c->missing[i], strlen(c->missing[i]));
	out_list_end(o);
}

static void tool_why(struct out *o, const void *rec)
{
	const struct checked *c = rec;
	char list[4096] = "";

	if (out_is_json(o)) {
		if (c->why)
			out_str(o, c->why);
		else
			out_null(o, "");
		return;
	}
	for (size_t i = 0; i < c->n_missing && c->works; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
			 i ? ", " : "does not see ", c->missing[i]);
	wrapped(o, 46, c->works ? list : c->why ?: "");
}

static const struct col tool_cols[] = {
	{ COLF("TOOL", -16, tool_name) },     { COLF("WORKS", -5, tool_works) },
	{ COLF("PROBES", -22, tool_probes) }, { COLF("missing", 0, tool_missing), JSON_ONLY },
	{ COLF("WHY", 0, tool_why) },         { 0 },
};

/* ---- the report ---- */

static struct out *features, *tools;

static void feature(const struct feature *f)
{
	out_rec(features, f, time_mono());
}

static void tool(const struct checked *c)
{
	n_tools++;
	failed |= !c->works;
	out_rec(tools, c, time_mono());
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
