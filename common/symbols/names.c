// SPDX-License-Identifier: BSD-2-Clause
#include "symbols/names.h"
#include "base/run.h"
#include "output/graph.h"
#include "output/out.h"
#include "symbols/earlier.h"
#include <err.h>
#include <stdlib.h>
#include <string.h>

struct names_show names_show;
static const struct graph *graph;
static const char *compared;
static bool is_read;

void names_flamegraph(const char *path)
{
	graph = &graph_file;
	graph->to(path);
}

void names_compare(const char *path)
{
	graph = &graph_file;
	graph->compare(path);
	compared = path;
}

static void add(const char *const *names, size_t n, u64 count,
		void (*to)(const struct flame_frame *, size_t n, u64 count))
{
	struct flame_frame frames[EARLIER_NAMES];

	for (size_t i = 0; i < n; i++)
		frames[i] = (struct flame_frame){ .name = names[i], .kind = FLAME_NAME };
	to(frames, n, count);
}

static void add_earlier(const struct earlier *e)
{
	add(e->names, e->n_names, e->count / names_show.per, graph->add_before);
}

/* Once: before privileges are dropped or, in a replay, with the first record. */
static void read_earlier(void)
{
	if (compared && !is_read)
		earlier_read(compared, names_show.counted, names_show.fields, add_earlier);
	is_read = true;
}

void names_prepare(void)
{
	read_earlier();
	if (graph)
		graph->open();
}

/* As its JSON has it; NULL: it is null. */
static char *field(struct rec r, const char *key, size_t len)
{
	char own[64];

	for (const struct col *c = run.tool->cols; c->name; c++) {
		struct value v;

		out_key(c, own, sizeof(own));
		if (strlen(own) != len || strncmp(own, key, len))
			continue;
		v = out_cell(c, r);
		return value_is_string(v) ? strndup(v.s, value_len(v)) : NULL;
	}
	return NULL;
}

static void keep_fields(struct rec r, u64 count)
{
	char *names[EARLIER_NAMES];
	size_t n = 0;

	for (const char *s = names_show.fields; *s && n < EARLIER_NAMES;) {
		size_t len = strcspn(s, " ");

		names[n] = field(r, s, len);
		n += !!names[n];
		s += len + strspn(s + len, " ");
	}
	add((const char *const *)names, n, count, graph->add);
	while (n)
		free(names[--n]);
}

void names_keep(struct rec r, const char *const *names, size_t n, u64 count)
{
	read_earlier();
	if (compared)
		keep_fields(r, count);
	else if (graph)
		add(names, n, count, graph->add);
}

void names_folded(const char *const *names, size_t n, u64 count)
{
	if (compared)
		return;
	for (size_t i = 0; i < n; i++) {
		if (i)
			text(";");
		folded_name(names[i], SIZE_MAX);
	}
	text(" %llu\n", count);
}

void names_end(void)
{
	read_earlier();
	if (compared)
		graph->differences(names_show.unit, names_show.folded);
	if (graph)
		graph->write(names_show.unit);
	graph = NULL;
}
