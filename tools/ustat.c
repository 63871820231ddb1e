// SPDX-License-Identifier: BSD-2-Clause
/* ustat: what programs in high-level languages do, as in top(1).  After BCC's, by Sasha Goldshtein. */
/* LIBS: ncursesw */
#include "ustat.h"
#include "domain/lang.h"
#include "main/tool.h"
#include "output/screen.h"
#include "ustat.skel.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static u32 sort;

static const char *const languages[] = { "java",   "node", "perl", "php",
					 "python", "ruby", "tcl",  NULL };
#define languages_are "java, node, perl, php, python, ruby or tcl"

enum { BY_METHOD, BY_GC, BY_OBJNEW, BY_CLOAD, BY_EXCP, BY_THREAD };
static const char *const sorts[] = { "method", "gc", "objnew", "cload", "excp", "thread", NULL };
static const char *const headers[] = {
	"METHOD/s", "GC/s", "OBJNEW/s", "CLOAD/s", "EXC/s", "THR/s"
};

static const struct opt opts[] = {
	OPT_CHOICE('l', "language", "LANGUAGE", &lang_choice, languages,
		   "Trace this language (default: all): " languages_are),
	OPT_LANG_FILE,
	OPT_FLAG('C', "noclear", &run.no_clear, "Don't clear the screen"),
	OPT_CHOICE('S', "sort", "COLUMN", &sort, sorts,
		   "Sort by method (the default), gc, objnew, cload, excp or thread"),
	OPT_ROWS('r', "maxrows", "Show at most this many rows (default: 20; all with --json)"),
	OPT_FLAG('d', "debug", &run.verbose, "The same as --verbose"),
	OPT_PID,
	OPT_CONTAINER(0),
	{ 0 },
};

/* The process's command line; its name if that can't be read any more. */
static struct value command_line(struct rec r)
{
	static char line[256];
	const struct activity *e = r.p;
	char path[32];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/cmdline", e->pid);
	fd = run.began ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		n = read(fd, line, sizeof(line));
		close(fd);
	}
	if (n <= 0)
		return value_chars(e->v.comm, sizeof(e->v.comm));
	while (n && !line[n - 1])
		n--;
	for (ssize_t i = 0; i < n; i++)
		line[i] = line[i] ?: ' ';
	return value_strn(line, n);
}

static const struct col cols[] = {
	{ COL("PID", -6, activity, pid), HELP("Process ID") },
	{ COLF("CMDLINE", -20, command_line), TRUNCATED,
	  HELP("Its command line, or the name of a thread if it has ended") },
	{ COL_AS(kind_rate, "METHOD/s", -10, activity, v.methods), KEY("methods"),
	  HELP("Calls of methods each second (JSON: in the interval, as all that follows)") },
	{ COL_AS(kind_rate, "GC/s", -6, activity, v.gcs), KEY("gcs"), HELP("Garbage collections") },
	{ COL_AS(kind_rate, "OBJNEW/s", -10, activity, v.objects), KEY("objects"),
	  HELP("Objects that were made") },
	{ COL_AS(kind_rate, "CLOAD/s", -8, activity, v.classes), KEY("classes"),
	  HELP("Classes or files that were loaded") },
	{ COL_AS(kind_rate, "EXC/s", -6, activity, v.exceptions), KEY("exceptions"),
	  HELP("Exceptions that were raised") },
	{ COL_AS(kind_rate, "THR/s", -6, activity, v.threads), KEY("threads"),
	  HELP("Threads that were started") },
	{ 0 },
};

static u64 sorted_by(const struct activity *a)
{
	switch (sort) {
	case BY_GC:
		return a->v.gcs;
	case BY_OBJNEW:
		return a->v.objects;
	case BY_CLOAD:
		return a->v.classes;
	case BY_EXCP:
		return a->v.exceptions;
	case BY_THREAD:
		return a->v.threads;
	default:
		return a->v.methods;
	}
}

static int compare(const void *a, const void *b)
{
	const struct activity *x = a, *y = b;
	u64 m = sorted_by(x), n = sorted_by(y);

	return (m < n) - (m > n) ?: (x->pid > y->pid) - (x->pid < y->pid);
}

static void called_as(struct tool *me, const char *name)
{
	(void)me;
	lang_called_as(name, languages);
}

static void parsed(void)
{
	if (!run.rows && !run.json)
		run.rows = 20;
	lang_choose(languages);
	screen_sorted_by(headers[sort], false);
}

static void targets(void)
{
	lang_targets(LANG_STATS, languages, false, NULL);
}

static char *merge(char *recs, size_t *n)
{
	return lang_top(recs, n, 0);
}

static const char *const aliases[] = { "javastat",   "nodestat", "perlstat", "phpstat",
				       "pythonstat", "rubystat", "tclstat",  NULL };

TOOL(ustat, .summary = "Show what programs in Java, Python and other languages do.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  ustat                # every second\n"
		 "  ustat -C 5 3         # three 5-second reports, without clearing the screen\n"
		 "  ustat -l java -S gc  # Java's processes, by garbage collections\n"
		 "  rubystat 10",
     .probes = lang_only, USER_PROBES(lang_probes), .opts = opts, .cols = cols,
     ENTRIES("processes", activity), TOP_SCREEN, .interval = 1, .compare = compare, .merge = merge,
     .aliases = aliases, .called_as = called_as, .parsed = parsed, .targets = targets,
     .begin = table_begin, .end = lang_end, .goodbye = "Detaching...")
