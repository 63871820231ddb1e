// SPDX-License-Identifier: BSD-2-Clause
/* opensnoop: trace files being opened.  After BCC's, by Brendan Gregg. */
#include "opensnoop.h"
#include "opensnoop.skel.h"
#include "path.h"
#include "stack.h"
#include "tool.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct conf conf;

static const struct probe probes[] = {
	{ "opens",
	  { "do_sys_openat2",
	    "open_enter open_exit creat_enter creat_exit openat_enter openat_exit openat2_enter "
	    "openat2_exit",
	    "openat_enter openat_exit openat2_enter openat2_exit" } },
	{ "opens by handle", { "do_handle_open" }, .optional = true },
	{ "opens by io_uring", { "io_openat2 uring_complete", "io_openat2" }, .optional = true },
	{ 0 },
};

static void set_buffer_pages(const char *arg)
{
	run.buffer = parse_u64(arg, "buffer-pages", 1, 1 << 18) * sysconf(_SC_PAGESIZE);
}

static void add_flag(const char *arg)
{
	static const struct {
		const char *name;
		u32 value;
	} flags[] = {
		{ "O_RDONLY", O_RDONLY },
		{ "O_WRONLY", O_WRONLY },
		{ "O_RDWR", O_RDWR },
		{ "O_CREAT", O_CREAT },
		{ "O_EXCL", O_EXCL },
		{ "O_NOCTTY", O_NOCTTY },
		{ "O_TRUNC", O_TRUNC },
		{ "O_APPEND", O_APPEND },
		{ "O_NONBLOCK", O_NONBLOCK },
		{ "O_NDELAY", O_NDELAY },
		{ "O_DSYNC", O_DSYNC },
		{ "O_SYNC", O_SYNC },
		{ "O_RSYNC", O_RSYNC },
		{ "O_ASYNC", O_ASYNC },
		{ "O_DIRECT", O_DIRECT },
		{ "O_NOATIME", O_NOATIME },
		{ "O_DIRECTORY", O_DIRECTORY },
		{ "O_NOFOLLOW", O_NOFOLLOW },
		{ "O_CLOEXEC", O_CLOEXEC },
		{ "O_PATH", O_PATH },
		{ "O_TMPFILE", O_TMPFILE & ~O_DIRECTORY },
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (!strcmp(arg, flags[i].name)) {
			conf.flags |= flags[i].value;
			return;
		}
	usage_error("flag-filter: '%s' is not a flag of open(2), such as O_WRONLY", arg);
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_DURATION('d'),
	OPT_COMM('n', "name"),
	OPT_FLAG('x', "failed", &conf.failed, "Show failed opens only"),
	OPT_CALL('f', "flag-filter", "FLAG", add_flag,
		 "Show opens with this flag only, as in O_WRONLY; can be given more than once"),
	OPT_FLAG('F', "full-path", &conf.full_path,
		 "Show the full path, as the process sees it, of a relative one"),
	OPT_FLAG('c', "callers", &conf.callers, "Show the functions that led to the open"),
	OPT_CALL('b', "buffer-pages", "N", set_buffer_pages, "Size of the event buffer in pages"),
	{ 0 },
};

static void fd(struct out *o, const void *rec)
{
	const struct open_event *e = rec;

	out_int(o, e->ret < 0 ? -1 : e->ret);
}

static void error(struct out *o, const void *rec)
{
	const struct open_event *e = rec;

	out_int(o, e->ret < 0 ? -e->ret : 0);
}

/* 64-bit kernels add O_LARGEFILE by themselves. */
#ifdef __aarch64__
#define LARGEFILE 0400000
#else
#define LARGEFILE 0100000
#endif

static void flags(struct out *o, const void *rec)
{
	const struct open_event *e = rec;

	out_octal(o, e->flags & ~LARGEFILE, 8);
}

static void mode(struct out *o, const void *rec)
{
	const struct open_event *e = rec;

	if (e->flags & O_CREAT || (e->flags & O_TMPFILE) == O_TMPFILE)
		out_octal(o, e->mode, 4);
	else
		out_null(o, "n/a");
}

/* With the directories that BPF found, if they were asked for or are all there is. */
static void full_path(struct out *o, const struct open_event *e)
{
	char path[PATHS_LEN + 512];
	size_t n = path_join(path, e->path + e->path_len, e->paths_len - e->path_len);

	if (conf.full_path && *e->path && *e->path != '/')
		path[n++] = '/';
	memcpy(path + n, e->path, e->path_len - 1);
	out_strn(o, path, n + e->path_len - 1);
}

static void callers_text(const struct open_event *e)
{
	struct frame frames[STACK_MAX];

	for (size_t i = 0, n = stack_frames(e->stack.user, e->pid, frames); i < n; i++) {
		text("\n%34s", "");
		frame_text(&frames[i], FRAME_OFFSET);
	}
}

static void path(struct out *o, const void *rec)
{
	const struct open_event *e = rec;

	if (conf.full_path || e->by_handle)
		full_path(o, e);
	else
		out_strn(o, e->path, e->path_len - 1);
	if (conf.callers && !out_is_json(o))
		callers_text(e);
}

static void callers(struct out *o, const void *rec)
{
	const struct open_event *e = rec;

	out_json_begin(o);
	stack_json(e->stack.user, e->pid);
}

static const struct col cols[] = {
	{ COL_TIME_S(-13, open_event), HELP("Seconds since the first event"),
	  SHOW('T', "timestamp", "Show the time of the open") },
	{ COL("UID", -5, open_event, uid), HELP("User ID of the process"),
	  SHOW('U', "print-uid", "Show the user ID") },
	{ COL("PID", -6, open_event, pid), HELP("Process ID"), UNLESS('t') },
	{ COL("TID", -6, open_event, tid), HELP("Thread ID, with -t"), WITH('t') },
	{ COL("COMM", -16, open_event, comm), HELP("Name of the thread") },
	{ COLF("FD", 4, fd), HELP("New file descriptor, or -1") },
	{ COLF("ERR", 3, error), HELP("Error number, or 0; see errno(3)") },
	{ COLF("FLAGS", -8, flags), HELP("Flags of the open in octal; see open(2)"),
	  SHOW('e', "extended-fields", "Show the flags and the mode") },
	{ COLF("MODE", -4, mode), HELP("Permissions in octal, if the open may create a file"),
	  WITH('e') },
	{ COLF("PATH", 0, path), HELP("Path as the caller gave it, or with -F in full") },
	{ COLF("callers", 0, callers), HELP("Functions of the caller, innermost first"), .opt = 'c',
	  .flags = COL_JSON_ONLY | COL_ONLY_IF },
	{ 0 },
};

static void prepare(void *skel)
{
	struct opensnoop_bpf *s = skel;

	if (!conf.callers)
		stack_unused(s->obj);
}

/* Callers are named after their process has ended, too. */
static int side_open(void)
{
	return conf.callers ? stack_watch() : -1;
}

TOOL(opensnoop, .summary = "Trace files being opened.",
     .examples = "Examples:\n"
		 "  opensnoop             # every open\n"
		 "  opensnoop -x          # only those that fail\n"
		 "  opensnoop -Tp 181     # by process 181, with timestamps\n"
		 "  opensnoop -- make     # as long as make runs",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, EVENTS_TO(open_event, path),
     .prepare = prepare, .side_open = side_open, .side_read = stack_watched)
