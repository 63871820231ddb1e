// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/tracepoints.h"
#include "kernel/probe.h"
#include <dirent.h>
#include <stdio.h>
#include <string.h>

static void each_of(const char *category,
		    void (*f)(const char *category, const char *event, void *ctx), void *ctx)
{
	char path[512];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/events/%s", tracefs(), category);
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		if (e->d_type == DT_DIR && *e->d_name != '.')
			f(category, e->d_name, ctx);
	if (dir)
		closedir(dir);
}

void tracepoints_each(void (*f)(const char *category, const char *event, void *ctx), void *ctx)
{
	char path[64];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/events", tracefs());
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		/* ftrace's own events look like tracepoints, but aren't */
		if (e->d_type == DT_DIR && *e->d_name != '.' && strcmp(e->d_name, "ftrace"))
			each_of(e->d_name, f, ctx);
	if (dir)
		closedir(dir);
}

bool tracepoint_fields(const char *name, void (*f)(struct tracepoint_field *, void *ctx), void *ctx)
{
	struct tracepoint_field field;
	char path[768], line[512];
	FILE *format;

	snprintf(path, sizeof(path), "%s/events/%s/format", tracefs(), name);
	*strrchr(path, ':') = '/';
	format = fopen(path, "re");
	if (!format)
		return false;
	while (fgets(line, sizeof(line), format))
		/* What all records begin with is hidden from programs. */
		if (sscanf(line, " field:%255[^;]; offset:%u; size:%u; signed:%u;", field.text,
			   &field.off, &field.size, &field.is_signed) == 4 &&
		    field.off >= 8)
			f(&field, ctx);
	fclose(format);
	return true;
}
