// SPDX-License-Identifier: BSD-2-Clause
#include "main/man.h"
#include "main/args.h"
#include "main/tool.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Print words from a table as roff, with '-' escaped, so that it doesn't become a hyphen. */
static void roff(const char *s)
{
	for (; *s; s++) {
		if (*s == '-' || *s == '\\')
			putchar('\\');
		putchar(*s == '\\' ? 'e' : *s);
	}
}

/* Print a sentence on a line of its own, which must not look like a roff request. */
static void roff_sentence(const char *s)
{
	size_t n = strlen(s);

	if (*s == '.' || *s == '\'')
		fputs("\\&", stdout);
	roff(s);
	puts(n && s[n - 1] == '.' ? "" : ".");
}

static void option(const struct opt *o)
{
	printf(".TP\n");
	if (o->key) {
		printf("\\fB\\-%c\\fR", o->key);
		if (o->arg)
			printf(" \\fI%s\\fR", o->arg);
		printf(", ");
	}
	printf("\\fB\\-\\-");
	roff(o->name);
	printf("\\fR");
	if (o->arg)
		printf(" \\fI%s\\fR", o->arg);
	putchar('\n');
	roff_sentence(o->help);
}

static void field(const struct col *c)
{
	if (!c->help)
		return;
	printf(".TP\n\\fB");
	if (c->flags & COL_JSON_ONLY)
		for (const char *s = c->key ?: c->name; *s; s++)
			putchar(isalnum((unsigned char)*s) ? tolower((unsigned char)*s) : '_');
	else
		roff(c->name);
	printf("\\fR%s\n", c->flags & COL_JSON_ONLY ? " (JSON only)" : "");
	roff_sentence(c->help);
}

void man_print(void)
{
	size_t own;
	const struct opt *o = args_options(&own);

	printf(".SH OPTIONS\n");
	for (size_t i = 0; o[i].name; i++) {
		if (i == own)
			printf(".PP\nEvery snoopkit tool has:\n");
		if (o[i].help)
			option(&o[i]);
	}
	printf(".TP\n\\fB\\-\\-\\fR \\fICOMMAND\\fR ...\n"
	       "Run this command once tracing has begun. The tool ends with it, and with its exit "
	       "status.\n");
	printf(".SH FIELDS\n");
	for (const struct col *c = run.tool->cols; c->name; c++)
		field(c);
	for (const struct col *c = run.tool->alt_cols; c && c->name; c++)
		field(c);
}

/* For packaging/completions: one option per line, with "-" for missing fields. */
void man_options(void)
{
	const char *arg;
	size_t own;

	printf("-\t-\t%s\t-\t-\n", run.tool->args ?: "-");
	for (const struct opt *o = args_options(&own); o->name; o++) {
		if (!o->help)
			continue;
		/* What completes PATH also completes [PATH]. */
		arg = o->arg ?: "-";
		arg += *arg == '[';
		printf("%c\t%s\t%.*s\t", o->key ?: '-', o->name, (int)strcspn(arg, "]"), arg);
		for (size_t i = 0; o->choices && o->choices[i]; i++)
			printf("%s%s", i ? " " : "", o->choices[i]);
		printf("%s\t%s\n", o->choices ? "" : "-", o->help);
	}
}
