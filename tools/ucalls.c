// SPDX-License-Identifier: BSD-2-Clause
/* ucalls: count the calls of methods in high-level languages.  After BCC's, by Sasha Goldshtein. */
#include "ucalls.h"
#include "domain/lang.h"
#include "kernel/syscalls.h"
#include "main/tool.h"
#include "ucalls.skel.h"
#include <err.h>
#include <stdio.h>
#include <string.h>

static struct conf conf;
static bool syscalls, milliseconds;
static u32 top;

static const char *const languages[] = { "java", "perl", "php",  "python",
					 "ruby", "tcl",  "none", NULL };
#define languages_are "java, perl, php, python, ruby, tcl, or none for system calls alone"

static const struct probe probes[] = {
	{ "the beginning of system calls", { "syscall_begins" }, .wanted = &syscalls },
	{ "the end of system calls", { "syscall_ends" }, .wanted = &syscalls },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_LANG(languages),
	OPT_LANG_FILE,
	OPT_U32('T', "top", "N", &top, 1, UINT32_MAX,
		"Show at most this many methods, those that were called most or, with -L, took "
		"most time"),
	OPT_FLAG('L', "latency", &conf.latency, "Also show how long the calls took"),
	OPT_FLAG('S', "syscalls", &syscalls, "Also count system calls"),
	OPT_FLAG('m', "milliseconds", &milliseconds, "With -L, show milliseconds"),
	OPT_CONTAINER(0),
	{ 0 },
};

/* Hundredths. */
CELL(took, method_calls, value_as(&kind_fixed2, e->v.ns / (milliseconds ? 10000 : 10)))
CELL(method, method_calls, lang_method_value(&e->k))
CELL(class, method_calls, lang_class_value(&e->k))

static char time_head[] = "TIME (us)";

static const struct col cols[] = {
	{ COLF("METHOD", -50, method), FIELD(method_calls, k),
	  HELP("Class, or in some languages file, and method; or the system call") },
	{ COLF("class", 0, class), FIELD(method_calls, k.class), HELP("The class or file alone"),
	  JSON_ONLY },
	{ COL("# CALLS", 8, method_calls, v.count), KEY("calls"), HELP("Number of calls") },
	{ COLF(time_head, 9, took),
	  HELP("With -L, time spent in the calls, with -m in milliseconds (JSON: total_ns)"),
	  .opt = 'L', .flags = COL_ONLY_IF | COL_TEXT_ONLY },
	{ COL("total_ns", 0, method_calls, v.ns), HELP("With -L, the same in nanoseconds"),
	  .opt = 'L', .flags = COL_ONLY_IF | COL_JSON_ONLY },
	{ 0 },
};

/* The most at the end, as in BCC. */
static int compare(const void *a, const void *b)
{
	const struct method_calls *x = a, *y = b;
	u64 m = conf.latency ? x->v.ns : x->v.count, n = conf.latency ? y->v.ns : y->v.count;

	return (m > n) - (m < n) ?: memcmp(&x->k, &y->k, sizeof(x->k));
}

static void unfold(void *rec, const void *entry)
{
	const struct syscall_calls *from = entry;
	const char *name = from->call < SYSCALL_OTHER ? syscall_name(from->call % SYSCALL_NUMBERS,
								     from->call >= SYSCALL_NUMBERS)
						      : NULL;
	struct method_calls *to = rec;

	if (name)
		snprintf(to->k.name, sizeof(to->k.name), "%s%s", name,
			 from->call >= SYSCALL_NUMBERS ? " (32-bit)" : "");
	else
		snprintf(to->k.name, sizeof(to->k.name), "[unknown: %u]",
			 from->call % SYSCALL_NUMBERS);
	to->v = from->v;
}

static char *merge(char *recs, size_t *n)
{
	return lang_top(recs, n, top);
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
	lang_targets(conf.latency ? LANG_ENTRIES | LANG_RETURNS : LANG_CALLS, languages, syscalls,
		     &conf.lang);
	if (conf.latency && !lang_tells_entries())
		errx(1, "-L can't work: Python 3.11 does not tell when functions begin, only when "
			"they return");
	if (!lang_probes[0].program && !syscalls)
		errx(1, "there is nothing to do; -S counts system calls");
}

static void begin(void)
{
	if (syscalls)
		text("Attached kernel tracepoints for syscall tracing.\n");
	lang_banner("calls");
}

static const struct trial trials[] = {
	{ "methods of Java", "-l java" },
	{ "system calls", "-l none -S" },
	{ 0 },
};

static const char *const aliases[] = { "javacalls", "perlcalls", "phpcalls", "pythoncalls",
				       "rubycalls", "tclcalls",  NULL };

TOOL(ucalls, .summary = "Count the calls of methods in Java, Python and other languages.",
     .args = "[PID [INTERVAL [COUNT]]]",
     .examples = "Examples:\n"
		 "  ucalls 181                # the methods of process 181, until Ctrl-C\n"
		 "  ucalls -T 20 181 5        # the 20 that were called most, every five seconds\n"
		 "  ucalls -L -m 181          # with the time that they took\n"
		 "  ucalls -l none -S 181     # system calls alone\n"
		 "  javacalls 181",
     CONF(conf), .probes = probes, USER_PROBES(lang_probes), .opts = opts, .cols = cols,
     ENTRIES("methods", method_calls), ALSO_ENTRIES("syscalls", syscall_calls), .unfold = unfold,
     .compare = compare, .merge = merge, .aliases = aliases, .called_as = called_as,
     .positional = lang_positional, .parsed = parsed, .targets = targets, .begin = begin,
     .end = lang_end, .trials = trials)
