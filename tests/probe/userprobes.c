// SPDX-License-Identifier: BSD-2-Clause
/*
 * userprobes: a tool that only the tests have.  Its probes are of every kind that lib/user_probe.bpf.h and
 * lib/usdt.bpf.h know; tests/work/usercalls.c has what it probes.
 */
#include "userprobes.h"
#include "main/tool.h"
#include "userprobes.skel.h"
#include <stdio.h>

static const char *path;

static const struct user_file file = { "usercalls", &path };
static struct user_probe probes[] = {
	{ "six", &file, .symbol = "known_six" },
	{ "sum", &file, .symbol = "known_nothing known_sum" },
	{ "end", &file, .symbol = "known_end" },
	{ "values", &file, .usdt = "snoop:values" },
	{ "guarded", &file, .usdt = "snoop:guarded" },
	{ 0 }, /* --twice */
	{ 0 },
};

static void set_symbol(const char *arg)
{
	probes[0].symbol = arg;
}

static void set_usdt(const char *arg)
{
	probes[3].usdt = arg;
}

static void set_twice(const char *arg)
{
	(void)arg;
	probes[CALLS] = (struct user_probe){ "sum_enter", &file, .symbol = "known_sum" };
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_STR('f', "file", "PATH", &path, "Probe this file"),
	OPT_CALL(0, "symbol", "NAME", set_symbol, "Another function"),
	OPT_CALL(0, "twice", NULL, set_twice, "Also attach the beginning of `sum` by itself"),
	OPT_CALL(0, "usdt", "NAME", set_usdt, "Another USDT probe"),
	{ 0 },
};

static const char *const calls[CALLS] = { "six", "sum", "end", "values", "guarded" };
CELL(call, call_event, value_str(NAME_OF(calls, e->call)))

static struct value values(struct rec r)
{
	const struct call_event *e = r.p;

	if (e->call == CALL_GUARDED)
		return value_chars(e->text, sizeof(e->text));
	return value_fmt("%lld %lld %lld %lld %lld %lld %lld %lld", e->v[0], e->v[1], e->v[2],
			 e->v[3], e->v[4], e->v[5], e->v[6], e->v[7]);
}

static const struct col cols[] = {
	{ COL("PID", -7, call_event, pid) },
	{ COLF("CALL", -8, call) },
	{ COLF("VALUES", 0, values) },
	{ 0 },
};

TOOL(userprobes, .summary = "Test user probes.", USER_PROBES(probes), .opts = opts, .cols = cols,
     EVENTS(call_event))
