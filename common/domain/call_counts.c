// SPDX-License-Identifier: BSD-2-Clause
#include "domain/call_counts.h"
#include <stdlib.h>
#include <string.h>

bool call_counts_ms;

struct value call_counts_took(const void *u64_ns)
{
	return value_as(call_counts_ms ? &kind_ms_exact : &kind_us_exact, *(const u64 *)u64_ns);
}

void call_counts_begin(const char *what, bool failed, const char *only)
{
	text("Tracing %s%s", failed ? "failed " : "", what);
	if (only)
		text(" '%s'", only);
	else
		text("s, printing top %u", run.rows);
	text("... Ctrl+C to quit.\n");
}

void call_counts_report_begin(void)
{
	text("[%s]\n", time_hms(time_mono()));
}

void call_counts_report_end(void)
{
	text("\n");
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void call_counts_list(const char **names, size_t n, int width)
{
	qsort(names, n, sizeof(*names), compare_names);
	for (size_t i = 0; i < n; i++)
		text("%-*s%s", width, names[i], i % 4 == 3 || i + 1 == n ? "\n" : "   ");
	out_flush();
	exit(0);
}
