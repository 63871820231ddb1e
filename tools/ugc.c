// SPDX-License-Identifier: BSD-2-Clause
/* ugc: trace garbage collections in high-level languages.  After BCC's, by Sasha Goldshtein. */
#include "ugc.h"
#include "domain/lang.h"
#include "main/tool.h"
#include "ugc.skel.h"
#include <stdio.h>
#include <string.h>

static struct conf conf;
static bool milliseconds;
static const char *containing;

static const char *const languages[] = { "java", "node", "python", "ruby", NULL };
#define languages_are "java, node, python or ruby"

static void set_min(const char *arg)
{
	conf.min_ns = parse_ms(arg, NULL);
}

static const struct opt opts[] = {
	OPT_LANG(languages),
	OPT_LANG_FILE,
	OPT_CALL('M', "minimum", "MS", set_min,
		 "Show collections of at least so many milliseconds (default: 0)"),
	OPT_FLAG('m', "milliseconds", &milliseconds, "Show milliseconds"),
	OPT_STR('F', "filter", "TEXT", &containing,
		"Show collections whose description contains this"),
	OPT_CONTAINER(0),
	{ 0 },
};

/* What V8 calls the bits of a collection's type. */
static const char *const node_types[] = { "GC scavenge", "GC mark-sweep-compact",
					  "GC incremental mark", "GC weak callbacks" };

static const char *node_text(s64 bits)
{
	static char s[128];
	int n = 0;

	*s = 0;
	for (size_t i = 0; i < sizeof(node_types) / sizeof(*node_types); i++)
		if (bits >> i & 1)
			n += snprintf(s + n, sizeof(s) - n, "%s%s", n ? ", " : "", node_types[i]);
	return s;
}

/* What is known of a collection; "" if it is nothing. */
static const char *description(const struct gc_event *e)
{
	static char s[512];

	*s = 0;
	if (e->kind == GC_POOL)
		snprintf(s, sizeof(s), "%.*s %.*s used=%lld->%lld comm=%lld->%lld",
			 (int)sizeof(e->manager), e->manager, (int)sizeof(e->pool), e->pool,
			 e->used[0], e->used[1], e->committed[0], e->committed[1]);
	else if (e->kind == GC_NODE)
		return node_text(e->used[0]);
	else if (e->kind == GC_PYTHON)
		snprintf(s, sizeof(s), "gen %lld GC collected %lld objects", e->used[0],
			 e->used[1]);
	else if (e->kind == GC_SWEEP)
		return "GC sweep stage";
	else if (e->kind == GC_MARK)
		return "GC mark stage";
	return s;
}

/* Hundredths. */
CELL(took, gc_event, value_as(&kind_fixed2, e->ns / (milliseconds ? 10000 : 10)))

static struct value told(struct rec r)
{
	const char *s = description(r.p);

	return *s ? value_str(s) : value_none("None");
}

static char time_head[] = "TIME (us)";

static const struct col cols[] = {
	{ COL_OF(time_began, "START", -8, gc_event, ts), KEY("time_s"),
	  HELP("When it ended, in seconds since tracing began") },
	{ COLF(time_head, -9, took),
	  HELP("How long it took, with -m in milliseconds (JSON: lat_ns)"), TEXT_ONLY },
	{ COLF("DESCRIPTION", -40, told),
	  HELP("What the language tells of it; None (JSON: null) if it is nothing") },
	{ COL("lat_ns", 0, gc_event, ns), HELP("How long it took, in nanoseconds"), JSON_ONLY },
	{ COL("pid", 0, gc_event, pid), HELP("Process ID"), JSON_ONLY },
	{ COL("tid", 0, gc_event, tid), HELP("Thread ID"), JSON_ONLY },
	{ COL("comm", 0, gc_event, comm), HELP("Name of the thread"), JSON_ONLY },
	{ 0 },
};

static bool keep(struct rec r)
{
	return lang_seen(r) && (!containing || strstr(description(r.p), containing));
}

static void called_as(struct tool *me, const char *name)
{
	(void)me;
	lang_called_as(name, languages);
}

static void parsed(void)
{
	lang_parsed(languages);
	if (milliseconds)
		strcpy(time_head, "TIME (ms)");
}

static void targets(void)
{
	lang_targets(LANG_GCS, languages, false, NULL);
}

static void begin(void)
{
	text("Tracing garbage collections in %s... Ctrl-C to quit.\n", lang_process());
}

static const struct trial trials[] = {
	{ "garbage collections of Java", "-l java" },
	{ "garbage collections of Python", "-l python" },
	{ 0 },
};

static const char *const aliases[] = { "javagc", "nodegc", "pythongc", "rubygc", NULL };

TOOL(ugc, .summary = "Trace garbage collections in Java, Python and other languages.",
     .args = "[PID]",
     .examples = "Examples:\n"
		 "  ugc 181               # those of process 181\n"
		 "  ugc -m -M 10 181      # those of 10 ms or more, with milliseconds\n"
		 "  ugc -F 'gen 2' 181    # Python's full collections\n"
		 "  javagc 181",
     CONF(conf), .probes = lang_only, USER_PROBES(lang_probes), .opts = opts, .cols = cols,
     EVENTS(gc_event), .keep = keep, .aliases = aliases, .called_as = called_as,
     .positional = lang_positional, .parsed = parsed, .targets = targets, .begin = begin,
     .end = lang_end, .trials = trials)
