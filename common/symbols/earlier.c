// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/earlier.h"
#include "base/jread.h"
#include "base/run.h"
#include "base/str.h"
#include "output/out.h"
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES  (1 << 20) /* a line */
#define MOST_LINES  (1 << 22)
#define MOST_FIELDS 64

static const char *file;
static u64 line;
static const char *counted, *name_fields;

#define refuse(fmt, ...) usage_error("--compare: %s, line %llu: " fmt, file, line, ##__VA_ARGS__)

/* Would this tool, with these options, write the column to JSON? */
static bool is_expected(const struct col *c)
{
	if (c->flags & COL_TEXT_ONLY)
		return false;
	return !(c->flags & COL_ONLY_IF) || !c->opt || given(c->opt) == !(c->flags & COL_UNLESS);
}

/* The number of the column that has this key, or -1. */
static int column_of(const struct col *cols, const char *key)
{
	char own[64];

	for (int i = 0; cols && cols[i].name && i < MOST_FIELDS; i++) {
		out_key(&cols[i], own, sizeof(own));
		if (is_expected(&cols[i]) && !strcmp(own, key))
			return i;
	}
	return -1;
}

static int column(const char *key)
{
	return column_of(run.tool->cols, key);
}

bool earlier_has(const char *field)
{
	return column(field) >= 0;
}

static void check_all(u64 seen)
{
	char key[64];

	for (int i = 0; run.tool->cols[i].name && i < MOST_FIELDS; i++)
		if (is_expected(&run.tool->cols[i]) && !(seen >> i & 1)) {
			out_key(&run.tool->cols[i], key, sizeof(key));
			refuse("there is no \"%s\"; was it written by %s --json, with the same "
			       "options?",
			       key, run.tool->name);
		}
}

/* What follows the last "+0x" that is followed by hexadecimal digits and then by TAIL; NULL: there is none. */
static char *offset_at(char *s, const char *tail, char **rest)
{
	for (char *p = s + strlen(s); p-- > s;) {
		size_t n = !strncmp(p, "+0x", 3) ? strspn(p + 3, "0123456789abcdef") : 0;

		if (n && !strncmp(p + 3 + n, tail, strlen(tail)) && (*tail || !p[3 + n])) {
			*rest = p + 3 + n + strlen(tail);
			return p;
		}
	}
	return NULL;
}

/* As stack_value() writes a frame: "symbol+0x1c [module]", "/path/to/module+0x1c" or "0x1c", or a mark. */
static struct frame frame_of(char *s, bool kernel)
{
	struct frame f = { .kernel = kernel };
	size_t len = strlen(s);
	char *rest, *at = len && s[len - 1] == ']' ? offset_at(s, " [", &rest) : NULL;

	if (at) {
		s[len - 1] = *at = 0;
		f.name = s;
		f.module = rest;
		f.jit = !kernel && !strncmp(rest, "perf-", 5) &&
			!strcmp(rest + 5 + strspn(rest + 5, "0123456789"), ".map");
		return f;
	}
	at = offset_at(s, "", &rest);
	if (at) {
		*at = 0;
		f.module = s;
	} else if (strncmp(s, "0x", 2) || s[2 + strspn(s + 2, "0123456789abcdef")]) {
		f.name = s;
	}
	return f;
}

static void read_stack(struct jread *j, bool kernel, struct earlier_stack *to)
{
	to->n = 0;
	to->missed = jread_null(j);
	if (to->missed)
		return;
	to->frames = to->frames ?: calloc(STACK_MAX, sizeof(*to->frames));
	if (!to->frames)
		err(1, NULL);
	jread_open(j, '[');
	while (jread_more(j, ']')) {
		char *s = (char *)jread_string(j);

		if (to->n == STACK_MAX)
			refuse("a stack has more than %d frames", STACK_MAX);
		if (!j->bad)
			to->frames[to->n++] = frame_of(s, kernel);
	}
}

static const char *string_or_null(struct jread *j)
{
	return jread_null(j) ? NULL : jread_string(j);
}

/* The place of a field among those of names, or -1. */
static int name_field(const char *key)
{
	size_t len = strlen(key);
	int n = 0;

	for (const char *s = name_fields; *s && n < EARLIER_NAMES; n++) {
		size_t own = strcspn(s, " ");

		if (own == len && !strncmp(s, key, len))
			return n;
		s += own + strspn(s + own, " ");
	}
	return -1;
}

static void read_name(struct jread *j, const char *key, struct earlier *e)
{
	int at = name_field(key);

	if (at < 0)
		jread_skip(j);
	else
		e->names[at] = string_or_null(j);
}

static void read_member(struct jread *j, const char *key, struct earlier *e)
{
	if (!strcmp(key, counted))
		e->count = jread_u64(j);
	else if (name_fields)
		read_name(j, key, e);
	else if (!strcmp(key, "comm"))
		e->comm = string_or_null(j);
	else if (!strcmp(key, "waker") && e->pair)
		e->waker = string_or_null(j);
	else if (!strcmp(key, "waker")) /* whose stack it is */
		e->comm = string_or_null(j);
	else if (!strcmp(key, "target"))
		e->target = string_or_null(j);
	else if (!strcmp(key, "stack"))
		read_stack(j, stack_show.kernel_only,
			   stack_show.kernel_only ? &e->kernel : &e->user);
	else if (!strcmp(key, "kernel"))
		read_stack(j, true, &e->kernel);
	else if (!strcmp(key, "user"))
		read_stack(j, false, &e->user);
	else if (!strcmp(key, "waker_kernel"))
		read_stack(j, true, &e->waker_kernel);
	else if (!strcmp(key, "waker_user"))
		read_stack(j, false, &e->waker_user);
	else
		jread_skip(j);
}

/* What is written besides rows: losses, and how a run compared with another one.  They are the first key. */
static bool is_aside(const char *key)
{
	return !strcmp(key, "lost") || !strcmp(key, "compared") || !strcmp(key, "compared_totals");
}

/* Of another table of the same tool, such as memleak's single blocks. */
static bool is_other_row(const char *key)
{
	return run.tool->alt_cols && column(key) < 0 && column_of(run.tool->alt_cols, key) >= 0;
}

/* WHEN: the time of its report, which lives as long as the text. */
static bool read_row(char *text, size_t len, struct earlier *e, const char **when)
{
	static const char also[] = " time host cgroup container ";
	struct jread j = jread_begin(text, len);
	bool aside = false;
	u64 seen = 0;

	e->comm = e->waker = e->target = NULL;
	e->kernel.n = e->user.n = e->waker_kernel.n = e->waker_user.n = 0;
	memset(e->names, 0, sizeof(e->names));
	e->pair = earlier_has("waker_kernel") || earlier_has("waker_user");
	*when = "";
	jread_open(&j, '{');
	for (int n = 0; jread_more(&j, '}'); n++) {
		const char *key = jread_key(&j);
		char word[66];
		int i = column(key);

		if (j.bad)
			break;
		aside = aside || (!n && is_aside(key)) || is_other_row(key);
		if (!aside && !strcmp(key, "time")) {
			*when = jread_string(&j);
			continue;
		}
		if (aside) {
			jread_skip(&j);
			continue;
		}
		snprintf(word, sizeof(word), " %s ", key);
		if (i < 0 && !strstr(also, word))
			refuse("\"%s\" is nothing that %s --json writes with these options", key,
			       run.tool->name);
		if (i >= 0 && seen >> i & 1)
			refuse("\"%s\" is there twice", key);
		seen |= i < 0 ? 0 : 1ULL << i;
		read_member(&j, key, e);
	}
	jread_end(&j);
	if (j.bad)
		refuse("%s; it is damaged, or not what %s --json wrote", j.bad, run.tool->name);
	if (!aside)
		check_all(seen);
	e->n_names = 0;
	for (size_t i = 0; i < EARLIER_NAMES; i++)
		if (e->names[i])
			e->names[e->n_names++] = e->names[i];
	return !aside;
}

/* Its length, without the newline; -1 at the end of the file. */
static int read_line(FILE *f, char *to)
{
	int c, n = 0;

	while ((c = getc_unlocked(f)) != EOF && c != '\n') {
		if (n == MOST_BYTES)
			refuse("a line of more than %d bytes is not what %s --json wrote",
			       MOST_BYTES, run.tool->name);
		to[n++] = c;
	}
	return c == EOF && !n ? -1 : n;
}

/* The rows of a report, each NUL-terminated. */
struct report {
	struct str rows;
	char *when;
};

static void report_row(struct report *r, const char *when, const char *row, size_t len)
{
	if (!r->when || strcmp(r->when, when)) {
		free(r->when);
		r->when = strdup(when);
		r->rows.len = 0;
	}
	if (!r->when)
		err(1, NULL);
	str_put(&r->rows, row, len);
	str_put(&r->rows, "", 1);
}

static void report_read(struct report *r, struct earlier *e, void (*each)(const struct earlier *))
{
	const char *when;

	for (size_t at = 0, len; at < r->rows.len; at += len + 1) {
		len = strlen(r->rows.p + at);
		if (read_row(r->rows.p + at, len, e, &when))
			each(e);
	}
	free(r->rows.p);
	free(r->when);
}

static bool is_state(const char *field)
{
	int i = column(field);

	return i >= 0 && run.tool->cols[i].flags & COL_GAUGE;
}

void earlier_read(const char *path, const char *field, const char *names,
		  void (*each)(const struct earlier *))
{
	FILE *f = fopen(path, "re");
	char *text = malloc(MOST_BYTES + 1), *copy = malloc(MOST_BYTES + 1);
	struct earlier e = { 0 };
	struct report last = { 0 };
	const char *when;
	u64 rows = 0;
	int n;

	if (!text || !copy)
		err(1, NULL);
	file = path;
	counted = field;
	name_fields = names;
	if (!f)
		usage_error("--compare: %s: %s", path, strerror(errno));
	for (line = 1; (n = read_line(f, text)) >= 0; line++) {
		if (line > MOST_LINES)
			refuse("there are too many");
		memcpy(copy, text, n); /* it is decoded where it is */
		if (!read_row(text, n, &e, &when))
			continue;
		if (is_state(counted))
			report_row(&last, when, copy, n);
		else
			each(&e);
		rows++;
	}
	if (ferror(f))
		usage_error("--compare: %s: %s", path, strerror(errno));
	if (!rows)
		usage_error("--compare: %s: there %s in it", path,
			    names ? "is nothing" : "are no stacks");
	report_read(&last, &e, each);
	fclose(f);
	free(text);
	free(copy);
	free(e.kernel.frames);
	free(e.user.frames);
	free(e.waker_kernel.frames);
	free(e.waker_user.frames);
}
