// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/earlier.h"
#include "base/jread.h"
#include "base/run.h"
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

#define refuse(fmt, ...) usage_error("--compare: %s, line %llu: " fmt, file, line, ##__VA_ARGS__)

/* Would this tool, with these options, write the column to JSON? */
static bool is_expected(const struct col *c)
{
	if (c->flags & COL_TEXT_ONLY)
		return false;
	return !(c->flags & COL_ONLY_IF) || !c->opt || given(c->opt) == !(c->flags & COL_UNLESS);
}

/* The number of the column that has this key, or -1. */
static int column(const char *key)
{
	char own[64];

	for (int i = 0; run.tool->cols[i].name && i < MOST_FIELDS; i++) {
		out_key(&run.tool->cols[i], own, sizeof(own));
		if (is_expected(&run.tool->cols[i]) && !strcmp(own, key))
			return i;
	}
	return -1;
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

static void read_member(struct jread *j, const char *key, const char *counted, struct earlier *e)
{
	if (!strcmp(key, counted))
		e->count = jread_u64(j);
	else if (!strcmp(key, "comm"))
		e->comm = jread_string(j);
	else if (!strcmp(key, "waker"))
		e->waker = jread_null(j) ? NULL : jread_string(j);
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

static bool read_row(char *text, size_t len, const char *counted, struct earlier *e)
{
	static const char also[] = " time host cgroup container ";
	struct jread j = jread_begin(text, len);
	bool aside = false;
	u64 seen = 0;

	e->comm = e->waker = NULL;
	e->pair = earlier_has("waker");
	jread_open(&j, '{');
	for (int n = 0; jread_more(&j, '}'); n++) {
		const char *key = jread_key(&j);
		char word[66];
		int i = column(key);

		if (j.bad)
			break;
		aside = aside || (!n && is_aside(key));
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
		read_member(&j, key, counted, e);
	}
	jread_end(&j);
	if (j.bad)
		refuse("%s; it is damaged, or not what %s --json wrote", j.bad, run.tool->name);
	if (!aside)
		check_all(seen);
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

void earlier_read(const char *path, const char *counted, void (*each)(const struct earlier *))
{
	FILE *f = fopen(path, "re");
	char *text = malloc(MOST_BYTES + 1);
	struct earlier e = { 0 };
	u64 rows = 0;
	int n;

	if (!text)
		err(1, NULL);
	file = path;
	if (!f)
		usage_error("--compare: %s: %s", path, strerror(errno));
	for (line = 1; (n = read_line(f, text)) >= 0; line++) {
		if (line > MOST_LINES)
			refuse("there are too many");
		if (!read_row(text, n, counted, &e))
			continue;
		each(&e);
		rows++;
	}
	if (ferror(f))
		usage_error("--compare: %s: %s", path, strerror(errno));
	if (!rows)
		usage_error("--compare: %s: there are no stacks in it", path);
	fclose(f);
	free(text);
	free(e.kernel.frames);
	free(e.user.frames);
	free(e.waker_kernel.frames);
	free(e.waker_user.frames);
}
