// SPDX-License-Identifier: BSD-2-Clause
#include "output/graph.h"
#include "base/run.h"
#include "output/fields.h"
#include "output/out.h"
#include <err.h>
#include <string.h>

static const char *path, *compared;
static FILE *file; /* NULL: not open yet, or there is none */
static struct flame *flame;

static void to(const char *arg)
{
	path = arg;
	flame = flame ?: flame_new();
}

static void compare(const char *arg)
{
	compared = arg;
	flame = flame ?: flame_new();
}

static void open_file(void)
{
	if (file || !path)
		return;
	file = fopen(path, "we");
	if (!file)
		err(1, "%s", path);
}

static void add(const struct flame_frame *frames, size_t n, u64 count)
{
	flame_add(flame, frames, n, count);
}

static void add_before(const struct flame_frame *frames, size_t n, u64 count)
{
	flame_add_before(flame, frames, n, count);
}

/* ---- differences ---- */

static void folded_names(const struct flame_difference *d)
{
	for (size_t i = 0; i < d->n; i++) {
		text(i ? ";" : "");
		folded_name(d->names[i], SIZE_MAX);
	}
}

/* As programs for differential flame graphs read it: the earlier count comes first. */
static void folded_difference(const struct flame_difference *d)
{
	folded_names(d);
	text(" %llu %llu\n", d->before, d->now);
	out_flush_batch();
}

static size_t same; /* stacks that text leaves out */

static void text_difference(const struct flame_difference *d)
{
	if (d->now && d->before && d->change < 0.00005 && d->change > -0.00005) {
		same++; /* 0.00% */
		return;
	}
	text("%+10.2f%% %12llu %12llu  %-4s  ", 100 * d->change, d->now, d->before,
	     !d->before ? "new"
	     : !d->now  ? "gone"
			: "");
	folded_names(d);
	text("\n");
	out_flush_batch();
}

static void json_difference(const struct flame_difference *d)
{
	text("{\"compared\":{\"stack\":[");
	for (size_t i = 0; i < d->n; i++) {
		text(i ? "," : "");
		json_str(d->names[i], strlen(d->names[i]));
	}
	text("],\"now\":%llu,\"before\":%llu,\"difference_percent\":%.4f}", d->now, d->before,
	     100 * d->change);
	fields_put_host();
	text("}\n");
	out_flush_batch();
}

static void differences(const char *unit, bool folded)
{
	struct flame_totals t = flame_totals(flame);

	if (run.json) {
		flame_differences(flame, json_difference);
		text("{\"compared_totals\":{\"now\":%llu,\"before\":%llu}", t.now, t.before);
		fields_put_host();
		text("}\n");
		return;
	}
	if (folded) {
		flame_differences(flame, folded_difference);
		return;
	}
	text("\nCompared with ");
	text_str(compared, strlen(compared));
	text(", by the share of all %s:\n%11s %12s %12s  %-4s  %s\n", unit, "CHANGE", "NOW",
	     "BEFORE", "", "STACK");
	flame_differences(flame, text_difference);
	text("%11s %12llu %12llu        all", "", t.now, t.before);
	text(same ? ", with %zu that changed by less than 0.005%%\n" : "\n", same);
}

static void write_file(const char *unit)
{
	open_file(); /* in a replay it is not open yet */
	if (file && (flame_write(flame, file, run.tool->name, unit, compared) || fclose(file)))
		err(1, "%s", path);
	flame_free(flame);
}

const struct graph graph_file = {
	.to = to,
	.compare = compare,
	.open = open_file,
	.add = add,
	.add_before = add_before,
	.differences = differences,
	.write = write_file,
};

void folded_name(const char *s, size_t size)
{
	const char *end = s + strnlen(s, size), *next;

	for (; (next = memchr(s, ';', end - s)); s = next + 1) {
		text_str(s, next - s);
		text(":");
	}
	text_str(s, end - s);
}
