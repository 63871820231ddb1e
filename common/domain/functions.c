// SPDX-License-Identifier: BSD-2-Clause
#include "domain/functions.h"
#include "symbols/demangle.h"
#include <stdio.h>
#include <string.h>

bool functions_us, functions_ms;

void functions_only(const struct pattern *p)
{
	if (p->kind != KERNEL_FUNC && p->kind != USER_FUNC)
		usage_error("'%s': only functions take time, not tracepoints and USDT probes",
			    p->text);
}

const char *functions_name(const struct pattern *p, size_t n, u32 func)
{
	static char number[16];
	u32 left = func;

	for (; n--; p++) {
		u32 names = p->n_names ?: !p->wildcard;

		if (left < names)
			return demangled(p->n_names ? p->names[left] : p->name);
		left -= names;
	}
	snprintf(number, sizeof(number), "[%u]", func);
	return number;
}

static void banner_end(const char *pattern)
{
	text(" for \"");
	text_str(pattern, strlen(pattern));
	text("\"... Hit Ctrl-C to end.\n");
}

void functions_banner(const char *what, const char *pattern)
{
	text("Tracing %s", what);
	banner_end(pattern);
}

void functions_counted(size_t n, const char *pattern)
{
	text("Tracing %zu functions", n);
	banner_end(pattern);
}

u64 functions_unit(void)
{
	return functions_ms ? 1000000 : functions_us ? 1000 : 1;
}

const char *functions_unit_name(void)
{
	return functions_ms ? "msecs" : functions_us ? "usecs" : "nsecs";
}

void functions_times_parsed(void)
{
	if (functions_ms && functions_us)
		usage_error("-m and -u exclude each other");
	if (functions_unit() == 1)
		opt_imply(FUNCTIONS_NSECS);
}
