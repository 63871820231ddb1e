// SPDX-License-Identifier: BSD-2-Clause
/* execsnoop: trace programs being executed.  After BCC's, by Brendan Gregg. */
#include "execsnoop.h"
#include "execsnoop.skel.h"
#include "path.h"
#include "tool.h"
#include <err.h>
#include <fcntl.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

static struct conf conf;
static bool quote;
static u32 max_args = UINT32_MAX;
static regex_t name, line;

static const struct probe probes[] = {
	{ "execs", { "succeeded" } },
	{ "failed execs",
	  { "__x64_sys_execve __x64_sys_execveat", "__arm64_sys_execve __arm64_sys_execveat",
	    "execve_enter execve_exit execveat_enter execveat_exit" },
	  .wanted = &conf.fails },
	{ "failed execs of 32-bit programs",
	  { "__ia32_compat_sys_execve __ia32_compat_sys_execveat",
	    "__arm64_compat_sys_execve __arm64_compat_sys_execveat" },
	  .wanted = &conf.fails,
	  .optional = true },
	{ 0 },
};

static void set_regex(regex_t *re, const char *what, const char *arg)
{
	int error = regcomp(re, arg, REG_EXTENDED | REG_NOSUB);
	char why[128];

	regerror(error, re, why, sizeof(why));
	if (error)
		usage_error("%s: '%s' is not a regular expression: %s", what, arg, why);
}

static void set_name(const char *arg)
{
	set_regex(&name, "name", arg);
}

static void set_line(const char *arg)
{
	set_regex(&line, "line", arg);
}

static const struct opt opts[] = {
	OPT_FLAG('x', "fails", &conf.fails, "Show failed execs as well"),
	OPT_CONTAINER('c'),
	OPT_UID,
	OPT_PPID('P'),
	OPT_FLAG('q', "quote", &quote,
		 "Put each argument in double quotes, with \\\" for those in it"),
	OPT_CALL('n', "name", "REGEX", set_name, "Show only where COMM matches, anywhere in it"),
	OPT_CALL('l', "line", "REGEX", set_line, "Show only where ARGS match, joined by blanks"),
	OPT_U32(0, "max-args", "N", &max_args, 1, UINT32_MAX,
		"Show this many arguments at most, the file among them (default: all)"),
	{ 0 },
};

/* ---- the pieces of an exec ---- */

struct text {
	char *p;
	size_t len, room;
};

static void *grow(void *p, size_t *room, size_t need, size_t size)
{
	if (need <= *room)
		return p;
	*room = 2 * need + 32;
	p = reallocarray(p, *room, size);
	if (!p)
		err(1, NULL);
	return p;
}

static void append(struct text *t, const char *s, size_t n)
{
	if (!n)
		return;
	t->p = grow(t->p, &t->room, t->len + n, 1);
	memcpy(t->p + t->len, s, n);
	t->len += n;
}

/* All pieces of an exec, *LEN bytes; NULL if more are to come. */
static const char *gather(const struct exec_event *e, size_t *len)
{
	/* A CPU sends the pieces of one slot in a row.  No memory where there is no such CPU. */
	static struct text slots[8192][SLOTS];
	struct text *t = &slots[e->cpu % 8192][e->slot % SLOTS];

	*len = e->len;
	if (e->first && e->last)
		return e->text;
	if (e->first)
		t->len = 0;
	append(t, e->text, e->len);
	*len = t->len;
	return e->last ? t->p : NULL;
}

static struct arg {
	const char *s;
	size_t len;
} * args; /* of the exec at hand: the file, then all but the zeroth */
static size_t n_args;

static void add_arg(const char *s, size_t len)
{
	static size_t room;

	args = grow(args, &room, n_args + 1, sizeof(*args));
	args[n_args++] = (struct arg){ s, len };
}

/* As the kernel itself calls the file of an execveat(2) that succeeds. */
static void add_file(const struct exec_event *e, const char *file)
{
	static char path[HEAD_LEN];

	if (e->dfd == AT_FDCWD || *file == '/') {
		add_arg(file, e->file_len - 1);
		return;
	}
	add_arg(path,
		snprintf(path, sizeof(path), "/dev/fd/%d%s%s", e->dfd, *file ? "/" : "", file));
}

/*
 * The zeroth argument gives way to the file, as in BCC.  A script has become an
 * argument of its interpreter, which may be one, too, up to five times, and each may
 * have one of its own.  What follows the script's name is the caller's.
 */
static void split(const struct exec_event *e, const char *text, size_t len)
{
	const char *p = text + e->head_len, *end = text + len;
	bool script = e->script;

	n_args = 0;
	add_file(e, text);
	for (int i = 0; p < end; i++) {
		size_t n = strnlen(p, end - p);

		add_arg(p, n);
		if (!i) {
			n_args = 1;
		} else if (script && i <= 10 && n == e->file_len - 1 && !memcmp(p, text, n)) {
			n_args = 1;
			script = false;
		}
		p += n + 1;
	}
}

static const char *text_at_hand;
static bool has_newline;
static struct text joined;

static bool cut(const struct exec_event *e)
{
	return e->cut || n_args > max_args;
}

static void append_shown(const struct arg *a)
{
	const char *p = a->s, *end = p + a->len, *run;

	for (;; p++) {
		for (run = p; p < end && *p != '\n' && !(quote && *p == '"'); p++)
			;
		append(&joined, run, p - run);
		if (p == end)
			return;
		append(&joined, *p == '\n' ? "\\n" : "\\\"", 2);
	}
}

static void join(const struct exec_event *e, bool shown)
{
	joined.len = 0;
	for (size_t i = 0; i < n_args && i < max_args; i++) {
		append(&joined, " ", i > 0);
		append(&joined, "\"", shown && quote);
		if (shown)
			append_shown(&args[i]);
		else
			append(&joined, args[i].s, args[i].len);
		append(&joined, "\"", shown && quote);
	}
	append(&joined, " ...", cut(e) ? 4 : 0);
	append(&joined, "", 1);
}

static bool keep(const void *rec)
{
	const struct exec_event *e = rec;
	size_t len;

	text_at_hand = gather(e, &len);
	if (!text_at_hand || (given('n') && regexec(&name, e->comm, 0, NULL, 0)))
		return false;
	split(e, text_at_hand, len);
	has_newline = memchr(text_at_hand, '\n', len);
	if (!given('l'))
		return true;
	join(e, false);
	return !regexec(&line, joined.p, 0, NULL, 0);
}

/* ---- columns ---- */

static void time_s(struct out *o, const void *rec)
{
	static u64 began;
	const struct exec_event *e = rec;
	u64 ns;

	began = began ?: run.began ?: e->ts;
	ns = e->ts > began ? e->ts - began : 0;
	out_fixed(o, out_is_json(o) ? ns : ns / 1000000, out_is_json(o) ? 9 : 3);
}

static void ppid(struct out *o, const void *rec)
{
	const struct exec_event *e = rec;

	if (e->ppid || out_is_json(o))
		out_uint(o, e->ppid);
	else
		out_null(o, "?");
}

static void arguments(struct out *o, const void *rec)
{
	if (!out_is_json(o) && (quote || has_newline)) {
		join(rec, true);
		out_strn(o, joined.p, joined.len - 1);
		return;
	}
	out_list_begin(o);
	for (size_t i = 0; i < n_args && i < max_args; i++)
		out_list_str(o, args[i].s, args[i].len);
	if (!out_is_json(o) && cut(rec))
		out_list_str(o, "...", 3);
	out_list_end(o);
}

static void is_cut(struct out *o, const void *rec)
{
	out_bool(o, cut(rec));
}

static void cwd(struct out *o, const void *rec)
{
	const struct exec_event *e = rec;
	char path[HEAD_LEN + 256];
	size_t n = path_join(path, text_at_hand + e->file_len, e->head_len - e->file_len);

	out_strn(o, n ? path : "/", n ?: 1);
}

static const struct col cols[] = {
	{ COL_TIME(-8, exec_event), HELP("Time of day"),
	  SHOW('T', "time", "Show the time of day") },
	{ COLF("TIME(s)", -7, time_s), KEY("time_s"), HELP("Seconds since tracing began"),
	  SHOW('t', "timestamp", "Show the seconds since tracing began") },
	{ COL("UID", -5, exec_event, uid), HELP("User ID of the process"),
	  SHOW('U', "print-uid", "Show the user ID") },
	{ COL("COMM", -16, exec_event, comm),
	  HELP("Name of the new program; of a failed exec, of the thread that tried") },
	{ COL("PID", -7, exec_event, pid), HELP("Process ID") },
	{ COL("tid", 0, exec_event, tid), HELP("Thread ID; PID, once the exec has succeeded"),
	  JSON_ONLY },
	{ COL("PCOMM", -16, exec_event, pcomm), HELP("Name of the parent"),
	  SHOW('M', "print-pcomm", "Show the name of the parent") },
	{ COLF("PPID", -7, ppid), HELP("Process ID of the parent; ? where there is none") },
	{ COL("CPU", -4, exec_event, cpu), HELP("CPU of the exec"),
	  SHOW('C', "print-cpu", "Show the CPU") },
	{ COL("RET", 3, exec_event, ret), HELP("0, or a negative error number; see errno(3)") },
	{ COLF("ARGS", 0, arguments),
	  HELP("The file, and the arguments behind the zeroth; ... if there are more") },
	{ COLF("cut", 0, is_cut), HELP("Whether ARGS are not all"), JSON_ONLY },
	{ COLF("cwd", 0, cwd), HELP("Working directory, as the process sees it"), JSON_ONLY },
	{ COL("cgroup_id", 0, exec_event, cgroup),
	  HELP("ID of the cgroup v2: its directory's inode"), JSON_ONLY },
	{ COL("mntns", 0, exec_event, mntns), HELP("Inode of the mount namespace"), JSON_ONLY },
	{ 0 },
};

static void parsed(void)
{
	conf.where = run.json;
}

static void prepare(void *skel)
{
	struct execsnoop_bpf *s = skel;

	bpf_map__set_max_entries(s->maps.scratch, conf.fails ? SLOTS : 1);
}

TOOL(execsnoop, .summary = "Trace programs being executed.",
     .examples = "Examples:\n"
		 "  execsnoop               # every program that is started\n"
		 "  execsnoop -x            # and those that can't be\n"
		 "  execsnoop -TUn '^ssh'   # with time and user, names that begin with ssh\n"
		 "  execsnoop -- make       # as long as make runs",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, EVENTS_TO(exec_event, text),
     .keep = keep, .parsed = parsed, .prepare = prepare)
