// SPDX-License-Identifier: BSD-2-Clause
#include "output/graph.h"
#include "base/run.h"
#include "output/flame.h"
#include "output/out.h"
#include <err.h>
#include <string.h>

static const char *path;
static FILE *file;
static struct flame *flame;

static void to(const char *arg)
{
	path = arg;
	flame = flame_new();
}

static void open_file(void)
{
	if (file)
		return;
	file = fopen(path, "we");
	if (!file)
		err(1, "%s", path);
}

static void add(const char *const *frames, size_t n, u64 count)
{
	flame_add(flame, frames, n, count);
}

static void write_file(const char *unit)
{
	open_file(); /* in a replay it is not open yet */
	if (flame_write(flame, file, run.tool->name, unit) || fclose(file))
		err(1, "%s", path);
	flame_free(flame);
}

const struct graph graph_file = { to, open_file, add, write_file };

void folded_name(const char *s)
{
	for (;;) {
		size_t n = strcspn(s, ";");

		text_str(s, n);
		if (!s[n])
			return;
		text(":");
		s += n + 1;
	}
}
