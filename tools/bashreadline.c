// SPDX-License-Identifier: BSD-2-Clause
/* bashreadline: trace the lines typed in bash.  After BCC's, by Brendan Gregg. */
#include "bashreadline.h"
#include "bashreadline.skel.h"
#include "main/tool.h"

static struct conf conf;
static const char *shared;

static const struct user_file bash = { "/bin/bash bash", &shared, .everywhere = true };

/*
 * A bash that waits for a line when tracing begins is inside readline() already, but calls the other
 * function when the line has been typed.
 */
static const struct user_probe probes[] = {
	{ "readline", &bash, .symbol = "readline_internal_teardown readline" },
	{ 0 },
};

static void set_shared(const char *path)
{
	shared = path ?: "/lib/libreadline.so";
}

static const struct opt opts[] = {
	OPT_CALL('s', "shared", "[PATH]", set_shared,
		 "Trace only this library or copy of bash (default: /lib/libreadline.so; without "
		 "this option, every bash)"),
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	{ 0 },
};

static struct value line(struct rec r)
{
	static struct noted cut;
	const struct line_event *e = r.p;
	size_t n = strnlen(e->line, r.len - offsetof(struct line_event, line));

	if (!e->cut)
		return value_strn(e->line, n);
	cut = (struct noted){ e->line, " ...", n };
	return value_noted(&cut);
}

CELL(cut, line_event, value_bool(e->cut, NULL))

static const struct col cols[] = {
	{ COL_TIME(-9, line_event), HELP("Time of day") },
	{ COL("PID", -7, line_event, pid), HELP("Process ID") },
	{ COL("uid", 0, line_event, uid), HELP("User ID of the process"), JSON_ONLY },
	{ COL("comm", 0, line_event, comm), HELP("Name of the thread"), JSON_ONLY },
	{ COLF("COMMAND", 0, line), HELP("The line as it was typed") },
	{ COLF("cut", 0, cut), HELP("Whether COMMAND is incomplete"), JSON_ONLY },
	{ 0 },
};

static void parsed(void)
{
	conf.any_name = given('p');
}

TOOL(bashreadline, .summary = "Trace the lines typed in bash.",
     .examples = "Examples:\n"
		 "  bashreadline              # every bash, also in containers\n"
		 "  bashreadline -p 181       # this one\n"
		 "  bashreadline -s /usr/lib/libreadline.so.8",
     CONF(conf), USER_PROBES(probes), .opts = opts, .cols = cols,
     EVENTS_TO(line_event, line, TAIL_BYTES), .parsed = parsed)
