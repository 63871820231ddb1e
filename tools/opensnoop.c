// SPDX-License-Identifier: BSD-2-Clause
/* opensnoop: trace files being opened.  After BCC's, by Brendan Gregg. */
#include "opensnoop.h"
#include "domain/openflags.h"
#include "domain/path.h"
#include "main/tool.h"
#include "opensnoop.skel.h"
#include "symbols/stack.h"

static struct conf conf;

static const struct probe probes[] = {
	{ "opens",
	  { "do_sys_openat2",
	    "open_enter open_exit creat_enter creat_exit openat_enter openat_exit openat2_enter "
	    "openat2_exit",
	    "openat_enter openat_exit openat2_enter openat2_exit" } },
	{ "opens by handle", { "do_handle_open" }, .optional = true, .rare = true },
	{ "opens by io_uring",
	  { "io_openat2 io_kiocb.cqe", "io_openat2 uring_complete", "io_openat2" },
	  .optional = true },
	{ 0 },
};

static void add_flag(const char *arg)
{
	u32 bits;

	if (!open_flag(arg, &bits))
		usage_error("'%s' is not a flag of open(2), such as O_WRONLY", arg);
	conf.flags |= bits;
	conf.reading |= !bits; /* O_RDONLY */
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_DURATION('d'),
	OPT_COMM('n', "name"),
	OPT_FLAG('x', "failed", &conf.failed, "Show only failed opens"),
	OPT_CALL('f', "flag-filter", "FLAG", add_flag,
		 "Show only opens with this flag, such as O_WRONLY; can be repeated"),
	OPT_FLAG('F', "full-path", &conf.full_path,
		 "Show relative paths in full, as the process sees them"),
	OPT_FLAG('c', "callers", &conf.callers, "Show the functions that led to the open"),
	OPT_USER_FRAMES,
	OPT_BUFFER_PAGES('b'),
	{ 0 },
};

CELL(flags, open_event, value_as(&kind_octal8, open_flags_given(e->flags)))

CELL(mode, open_event, open_creates(e->flags) ? value_as(&kind_octal4, e->mode) : value_none("n/a"))

CELL(fd, open_event, e->direct && e->ret >= 0 ? value_none("-") : result_fd(&e->ret))

/* An open by handle has only the names of the directories and the file. */
static __attribute__((noinline)) struct value full_path(struct rec r, size_t n)
{
	const struct open_event *e = r.p;
	const char *names = e->path + e->path_len;
	size_t names_len = REC_STRINGS(r, open_event, path).end - names;
	bool relative = n && *e->path != '/';

	if (relative || (e->by_handle && names_len))
		return path_value(names, names_len, e->path, n);
	return value_strn(e->path, n);
}

static struct value path(struct rec r)
{
	const struct open_event *e = r.p;
	size_t n = e->path_len - 1;

	return conf.full_path || e->by_handle ? full_path(r, n) : value_strn(e->path, n);
}

CELL(callers, open_event,
     stack_value(stack_of_event(e->ts, e->pid, e->tid), "                                  "))

static const struct col cols[] = {
	{ COL_TIME_S(-13, open_event), HELP("Seconds since the first event"),
	  SHOW('T', "timestamp", "Show the time of the open") },
	{ COL("UID", -5, open_event, uid), HELP("User ID of the process"),
	  SHOW('U', "print-uid", "Show the user ID") },
	{ COL("PID", -6, open_event, pid), HELP("Process ID"), UNLESS('t') },
	{ COL("TID", -6, open_event, tid), HELP("Thread ID, with -t"), WITH('t') },
	{ COL("COMM", -16, open_event, comm), HELP("Name of the thread") },
	{ COLF("FD", 4, fd),
	  HELP("New file descriptor, or -1; - if io_uring opened the file without one") },
	{ COL_ERR(3, open_event), HELP("Error number, or 0; see errno(3)") },
	{ COLF("FLAGS", -8, flags), HELP("Flags of the open in octal; see open(2)"),
	  SHOW('e', "extended-fields", "Show the flags and the mode") },
	{ COLF("MODE", -4, mode), HELP("Permissions in octal, if the open may create a file"),
	  WITH('e') },
	{ COLF("PATH", 0, path), HELP("Path as the caller gave it; the full path with -F") },
	{ COLF("callers", 0, callers), HELP("Functions that led to the open, innermost first"),
	  .opt = 'c', .flags = COL_BELOW | COL_ONLY_IF },
	{ 0 },
};

static void parsed(void)
{
	conf.uid = run.json || given('U');
	stack_show.user_events = conf.callers;
}

/* Callers get names even after their process has ended. */
static int side_open(void)
{
	return conf.callers ? stack_watch() : -1;
}

TOOL(opensnoop, .summary = "Trace files being opened.",
     .examples = "Examples:\n"
		 "  opensnoop             # every open\n"
		 "  opensnoop -x          # only opens that fail\n"
		 "  opensnoop -Tp 181     # by process 181, with timestamps\n"
		 "  opensnoop -- make     # as long as make runs",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols,
     EVENTS_TO(open_event, path, TAIL_PART(open_event, path_len)), .parsed = parsed,
     .side_open = side_open, .side_read = stack_watched)
