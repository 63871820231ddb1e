// SPDX-License-Identifier: BSD-2-Clause
/* uthreads: trace the threads of programs, also of Java's.  After BCC's, by Sasha Goldshtein. */
#include "uthreads.h"
#include "domain/lang.h"
#include "main/tool.h"
#include "symbols/stack.h"
#include "uthreads.skel.h"

static const char *const languages[] = { "c", "java", "none", NULL };
#define languages_are "c, java or none"

static const struct probe probes[] = { { "threads being made", { "forked" } }, { 0 } };

static const struct opt opts[] = {
	OPT_LANG(languages), OPT_LANG_FILE, OPT_CONTAINER(0), OPT_DEMANGLE, { 0 },
};

static const struct frame *start_of(const struct uthread_event *e)
{
	return stack_frame_at(e->pid, e->start, e->ts);
}

static struct value id(struct rec r)
{
	const struct uthread_event *e = r.p;

	if (e->what == THREAD_PTHREAD)
		return value_fmt("%u", e->tid);
	return value_fmt("R=%llu/N=%u", e->id, e->tid);
}

static struct value description(struct rec r)
{
	const struct uthread_event *e = r.p;
	const struct frame *f;

	if (e->what != THREAD_PTHREAD)
		return value_chars(e->name, sizeof(e->name));
	f = start_of(e);
	if (!f->name)
		return frame_unnamed(f);
	return value_fmt("%s%s%s%s", f->name, f->module ? " [" : "", f->module ?: "",
			 f->module ? "]" : "");
}

static const char *const types[] = { "pthread", "start", "stop" };
CELL(type, uthread_event, value_str(NAME_OF(types, e->what)))
CELL(runtime_id, uthread_event, e->what == THREAD_PTHREAD ? value_none("") : value_uint(e->id))

static const struct col cols[] = {
	{ COL_OF(time_began, "TIME", -8, uthread_event, ts), KEY("time_s"),
	  HELP("Seconds since tracing began") },
	{ COLF("ID", -16, id),
	  HELP("The thread's ID; of Java's threads, R is Java's and N the system's"), TEXT_ONLY },
	{ COLF("TYPE", -8, type),
	  HELP("pthread: pthread_create(3) made it; start and stop: Java started or ended it") },
	{ COLF("DESCRIPTION", -30, description),
	  HELP("The function that it runs, with its program or library; or the name that Java "
	       "knows it by") },
	{ COL("pid", 0, uthread_event, pid), HELP("Process ID"), JSON_ONLY },
	{ COL("tid", 0, uthread_event, tid), HELP("Thread ID"), JSON_ONLY },
	{ COLF("runtime_id", 0, runtime_id), HELP("Its ID in Java, or null"), JSON_ONLY },
	{ COL("comm", 0, uthread_event, comm), HELP("Name of the thread that it happened in"),
	  JSON_ONLY },
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
	lang_targets(LANG_THREADS, languages, true, NULL);
}

static void begin(void)
{
	lang_banner("thread events");
}

static const struct trial trials[] = { { "threads", "-l c" }, { 0 } };

static const char *const aliases[] = { "javathreads", NULL };

TOOL(uthreads, .summary = "Trace the threads that a program makes, also those of Java.",
     .args = "[PID]",
     .examples = "Examples:\n"
		 "  uthreads 181          # the threads of process 181\n"
		 "  uthreads -l none 181  # only by pthread_create(3), also if it is Java\n"
		 "  javathreads 181",
     .probes = probes, USER_PROBES(lang_probes), .opts = opts, .cols = cols, EVENTS(uthread_event),
     .side_open = stack_watch, .side_read = stack_watched, .aliases = aliases,
     .called_as = called_as, .positional = lang_positional, .parsed = parsed, .targets = targets,
     .begin = begin, .trials = trials)
