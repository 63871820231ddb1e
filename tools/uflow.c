// SPDX-License-Identifier: BSD-2-Clause
/* uflow: trace the calls of methods in high-level languages.  After BCC's, by Sasha Goldshtein. */
#include "uflow.h"
#include "domain/lang.h"
#include "main/tool.h"
#include "uflow.skel.h"
#include <err.h>
#include <string.h>

static struct conf conf;

static const char *const languages[] = { "java", "perl", "php", "python", "ruby", "tcl", NULL };
#define languages_are "java, perl, php, python, ruby or tcl"

static u32 set_prefix(const char *arg, char *to, size_t size)
{
	size_t n = strlen(arg);

	if (n >= size)
		usage_error("'%s' is longer than %zu bytes", arg, size - 1);
	memcpy(to, arg, n);
	return n;
}

static void set_method(const char *arg)
{
	conf.name_len = set_prefix(arg, conf.prefix.name, sizeof(conf.prefix.name));
}

static void set_class(const char *arg)
{
	conf.class_len = set_prefix(arg, conf.prefix.class, sizeof(conf.prefix.class));
}

static const struct opt opts[] = {
	OPT_LANG(languages),
	OPT_LANG_FILE,
	OPT_CALL('M', "method", "METHOD", set_method, "Show only methods whose name begins so"),
	OPT_CALL('C', "class", "CLASS", set_class,
		 "Show only methods whose class, or in some languages file, begins so"),
	OPT_CONTAINER(0),
	{ 0 },
};

static struct value flow(struct rec r)
{
	const struct flow_event *e = r.p;
	struct value m = lang_method_value(&e->method);
	int indent = e->depth < 500 ? 2 * e->depth : 1000;

	return value_fmt("%*s%s %.*s", indent, "", e->returns ? "<-" : "->", (int)value_len(m),
			 m.s);
}

CELL(class, flow_event, lang_class_value(&e->method))
CELL(method, flow_event, value_chars(e->method.name, sizeof(e->method.name)))
CELL(returns, flow_event, value_bool(e->returns, NULL))

static const struct col cols[] = {
	{ COL("CPU", -3, flow_event, cpu), HELP("The processor") },
	{ COL("PID", -6, flow_event, pid), HELP("Process ID") },
	{ COL("TID", -6, flow_event, tid), HELP("Thread ID") },
	{ COL_OF(time_began, "TIME(us)", -8, flow_event, ts), KEY("time_s"),
	  HELP("Seconds since tracing began; the header is BCC's") },
	{ COLF("METHOD", -40, flow),
	  HELP("-> for a method that begins, <- for one that returns, its class or file, and its "
	       "name; indented by how many others the thread is in"),
	  TEXT_ONLY },
	{ COLF("class", 0, class), HELP("The class, or in some languages the file"), JSON_ONLY },
	{ COLF("method", 0, method), HELP("The method"), JSON_ONLY },
	{ COLF("returns", 0, returns), HELP("Whether it returns"), JSON_ONLY },
	{ COL("depth", 0, flow_event, depth), HELP("How many others the thread is in"), JSON_ONLY },
	{ COL("comm", 0, flow_event, comm), HELP("Name of the thread"), JSON_ONLY },
	{ 0 },
};

static void called_as(struct tool *me, const char *name)
{
	(void)me;
	lang_called_as(name, languages);
}

static void parsed(void)
{
	lang_parsed(languages);
}

static void targets(void)
{
	lang_targets(LANG_ENTRIES | LANG_RETURNS, languages, false, &conf.lang);
	if (!lang_tells_entries())
		warnx("Python 3.11 does not tell when functions begin: only those that return are "
		      "shown, and not how deep they are");
}

static void begin(void)
{
	text("Tracing method calls in %s... Ctrl-C to quit.\n", lang_process());
}

static const struct trial trials[] = {
	{ "methods of Java", "-l java" },
	{ "functions of Python", "-l python" },
	{ 0 },
};

static const char *const aliases[] = { "javaflow", "perlflow", "phpflow", "pythonflow",
				       "rubyflow", "tclflow",  NULL };

TOOL(uflow, .summary = "Trace the calls of methods in Java, Python and other languages.",
     .args = "[PID]",
     .examples = "Examples:\n"
		 "  uflow 181                      # all methods of process 181\n"
		 "  uflow -C java/util/ 181        # those of these classes\n"
		 "  uflow -M get -l ruby 181       # those whose name begins so\n"
		 "  phpflow 181",
     CONF(conf), .probes = lang_only, USER_PROBES(lang_probes), .opts = opts, .cols = cols,
     EVENTS(flow_event), .keep = lang_seen, .aliases = aliases, .called_as = called_as,
     .positional = lang_positional, .parsed = parsed, .targets = targets, .begin = begin,
     .end = lang_end, .trials = trials)
