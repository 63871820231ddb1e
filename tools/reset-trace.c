// SPDX-License-Identifier: BSD-2-Clause
/* reset-trace: remove what tracing tools have left in tracefs.  After BCC's, by Brendan Gregg. */
#include "reset-trace.h"
#include "main/tool.h"
#include "reset-trace.skel.h"
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool force, verbose, quiet;

static const struct opt opts[] = {
	OPT_FLAG('F', "force", &force,
		 "Remove the events of all programs, and reset the rest of tracefs, too"),
	OPT_FLAG('v', "verbose", &verbose, "Also say what is left alone, and why"),
	OPT_FLAG('q', "quiet", &quiet, "Say nothing, unless something can't be reset"),
	{ 0 },
};

static struct reset *found;
static size_t n_found, n_failed;

static void add(enum reset_state state, const char *file, const char *was, const char *why)
{
	struct reset *r;

	found = reallocarray(found, n_found + 1, sizeof(*found));
	if (!found)
		err(1, NULL);
	r = memset(&found[n_found], 0, sizeof(*r));
	r->k.number = n_found++;
	r->k.state = state;
	snprintf(r->v.file, sizeof(r->v.file), "%s", file);
	snprintf(r->v.was, sizeof(r->v.was), "%s", was);
	snprintf(r->v.why, sizeof(r->v.why), "%s", why);
	n_failed += state == RESET_FAILED;
}

static FILE *open_to_read(const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", tracefs(), file);
	return fopen(path, "re");
}

/* False, with errno.  FLAGS: O_TRUNC empties the file. */
static bool put(const char *file, const char *value, int flags)
{
	char path[PATH_MAX];
	size_t n = strlen(value);
	int fd, error;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", tracefs(), file);
	fd = open(path, O_WRONLY | O_CLOEXEC | flags);
	if (fd < 0)
		return false;
	ok = !n || write(fd, value, n) == (ssize_t)n;
	error = errno;
	close(fd);
	errno = error;
	return ok;
}

/* ---- events that programs have made ---- */

/*
 * The process whose event this is, if we or BCC made it: both put its ID at the end of the name.  0: somebody else
 * did.
 */
static u32 maker_of(const char *event)
{
	const char *end = strrchr(event, '_');
	char *rest;
	u64 pid;

	if (!end || !isdigit((unsigned char)end[1]))
		return 0;
	pid = strtoull(end + 1, &rest, 10);
	if (*rest || pid > INT32_MAX)
		return 0;
	if (!strncmp(event, "snoopkit/", strlen("snoopkit/")))
		return pid;
	if (strncmp(event, "kprobes/", strlen("kprobes/")) &&
	    strncmp(event, "uprobes/", strlen("uprobes/")))
		return 0;
	return end - event >= 4 && !strncmp(end - 4, "_bcc", 4) ? pid : 0;
}

static void reset_event(const char *file, const char *event)
{
	u32 maker = maker_of(event);
	char line[256], why[64];

	if (!force && !maker) {
		add(RESET_KEPT, file, event, "another program's");
		return;
	}
	if (!force && (!kill(maker, 0) || errno != ESRCH)) {
		snprintf(why, sizeof(why), "process %u still runs", maker);
		add(RESET_KEPT, file, event, why);
		return;
	}
	snprintf(line, sizeof(line), "-:%s", event);
	if (put(file, line, O_APPEND))
		add(RESET_DONE, file, event, "");
	else if (errno == EBUSY && !force)
		add(RESET_KEPT, file, event, "in use");
	else
		add(RESET_FAILED, file, event, errno == EBUSY ? "in use" : strerror(errno));
}

static void reset_events(const char *file)
{
	char *lines = NULL, *line, *rest;
	size_t room = 0;
	FILE *f = open_to_read(file);

	/* All at once, as they change when one is removed. */
	if (!f || getdelim(&lines, &room, 0, f) < 0)
		lines = NULL;
	if (f)
		fclose(f);
	rest = lines;
	while ((line = strsep(&rest, "\n"))) {
		char event[160];

		/* "r16:kprobes/NAME vfs_read+0" */
		if (sscanf(line, "%*[^:]:%159s", event) == 1)
			reset_event(file, event);
	}
	free(lines);
}

/* ---- the rest ---- */

static const struct setting {
	const char *file, *value; /* what it says if nothing is set */
	const char *reset;        /* what to write; NULL: empty it */
} settings[] = {
	{ "current_tracer", "nop", "nop" },   { "events/enable", "0", "0" },
	{ "set_ftrace_filter", "#", NULL },   { "set_graph_function", "#", NULL },
	{ "set_ftrace_pid", "no pid", NULL }, { "tracing_thresh", "0", "0" },
	{ "tracing_on", "1", "1" },           { "trace", "#", NULL },
};

/* The first line that says something; the file's lines of # are comments.  False: there is no such file. */
static bool value_of(const struct setting *s, char *value, size_t size)
{
	FILE *f = open_to_read(s->file);

	if (!f)
		return false;
	while (fgets(value, size, f) && *value == '#')
		*value = 0;
	value[strcspn(value, "\n")] = 0;
	fclose(f);
	return true;
}

static bool is_default(const struct setting *s, const char *value)
{
	return *s->value == '#' ? !*value : !strcmp(value, s->value);
}

static void reset_setting(const struct setting *s)
{
	char was[160] = "", now[160] = "";
	const char *why = "";

	if (!value_of(s, was, sizeof(was)))
		return; /* this kernel has no such thing */
	if (is_default(s, was)) {
		add(RESET_DEFAULT, s->file, was, "");
		return;
	}
	if (!put(s->file, s->reset ?: "", s->reset ? 0 : O_TRUNC))
		why = strerror(errno);
	else if (value_of(s, now, sizeof(now)) && !is_default(s, now) && strcmp(s->file, "trace"))
		why = "it stays as it is";
	add(*why ? RESET_FAILED : RESET_DONE, s->file, was, why);
}

/* Before the tool gives up the right to. */
static void reset(void *skel)
{
	size_t n = sizeof(settings) / sizeof(*settings);

	(void)skel;
	if (!tracefs())
		errx(1, "cannot reset tracing: %s", tracefs_why_not());
	if (!put("trace_marker", "", 0) && (errno == EACCES || errno == EPERM))
		errx(1, "cannot reset tracing: permission denied. Run it as root.");
	if (run.checking)
		return;
	for (size_t i = 0; force && i < n; i++)
		reset_setting(&settings[i]);
	/* After they were disabled. */
	reset_events("kprobe_events");
	reset_events("uprobe_events");
}

static char *collect(size_t *n)
{
	/* Room for one more is what a report wants. */
	struct reset *recs = calloc(n_found + 1, sizeof(*recs));

	if (!recs)
		err(1, NULL);
	if (n_found)
		memcpy(recs, found, n_found * sizeof(*recs));
	*n = n_found;
	return (char *)recs;
}

/* ---- what is said ---- */

static const char *const states[] = {
	[RESET_DONE] = "reset",
	[RESET_KEPT] = "kept",
	[RESET_FAILED] = "failed",
	[RESET_DEFAULT] = "default",
};

CELL(file, reset, value_chars(e->v.file, sizeof(e->v.file)))
CELL(was, reset, value_chars(e->v.was, sizeof(e->v.was)))
CELL(state, reset, value_str(NAME_OF(states, e->k.state)))
CELL(why, reset, *e->v.why ? value_chars(e->v.why, sizeof(e->v.why)) : value_none(""))

static const struct col cols[] = {
	{ COLF("file", 0, file), HELP("The file in tracefs"), JSON_ONLY },
	{ COLF("was", 0, was), HELP("The event that it listed, or what it was set to"), JSON_ONLY },
	{ COLF("state", 0, state),
	  HELP("reset; kept (an event that is in use or of another program); failed; or default "
	       "(nothing "
	       "was set)"),
	  JSON_ONLY },
	{ COLF("why", 0, why), HELP("Why it was kept, or could not be reset"), JSON_ONLY },
	{ 0 },
};

static bool keep(struct rec r)
{
	const struct reset *e = r.p;

	if (run.json)
		return true;
	/* What failed is for stderr. */
	return e->k.state != RESET_FAILED && (verbose || (e->k.state == RESET_DONE && !quiet));
}

static void part(const char *s, size_t size)
{
	text_str(s, strnlen(s, size));
}

static void row(struct rec r)
{
	const struct reset *e = r.p;

	part(e->v.file, sizeof(e->v.file));
	text(": ");
	part(e->v.was, sizeof(e->v.was));
	text(" (%s", NAME_OF(states, e->k.state));
	if (*e->v.why) {
		text(": ");
		part(e->v.why, sizeof(e->v.why));
	}
	text(")\n");
}

static int compare(const void *a, const void *b)
{
	const struct reset *x = a, *y = b;

	return (x->k.number > y->k.number) - (x->k.number < y->k.number);
}

static void end(void)
{
	if (!n_failed)
		return;
	out_flush();
	for (size_t i = 0; i < n_found; i++)
		if (found[i].k.state == RESET_FAILED)
			warnx("cannot reset %s (%s): %s", found[i].v.file, found[i].v.was,
			      found[i].v.why);
	exit(1);
}

TOOL(reset_trace, .name = "reset-trace",
     .summary = "Remove what tracing tools have left in tracefs.",
     .examples = "Examples:\n"
		 "  reset-trace     # events of tools that are gone\n"
		 "  reset-trace -v  # also say what is left alone\n"
		 "  reset-trace -F  # everything, whoever uses it",
     .opts = opts, .cols = cols, COLLECTED(collect, reset), .no_interval = true, .compare = compare,
     .keep = keep, .row = row, .attach = reset, .end = end)
