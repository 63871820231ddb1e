// SPDX-License-Identifier: BSD-2-Clause
/* execsnoop: trace programs being executed.  After BCC's, by Brendan Gregg. */
#include "execsnoop.h"
#include "base/str.h"
#include "domain/path.h"
#include "domain/pieces.h"
#include "execsnoop.skel.h"
#include "main/tool.h"
#include "output/print.h"
#include <string.h>

static struct conf conf;
static bool quote;
static u32 max_args = UINT32_MAX;
static regex_t *name, *line;

static const struct probe probes[] = {
	{ "execs", { "preemptible finalize_exec replaced", "succeeded" } },
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

static const struct opt opts[] = {
	OPT_FLAG('x', "fails", &conf.fails, "Also show failed execs"),
	OPT_CONTAINER('c'),
	OPT_UID,
	OPT_PPID('P'),
	OPT_FLAG('q', "quote", &quote,
		 "Put each argument in double quotes, and escape quotes in it as \\\""),
	OPT_REGEX('n', "name", &name, "Show only execs whose COMM contains a match"),
	OPT_REGEX('l', "line", &line,
		  "Show only execs whose ARGS, joined by spaces, contain a match"),
	OPT_U32(0, "max-args", "N", &max_args, 1, UINT32_MAX,
		"Show at most this many arguments, including the file (default: all)"),
	{ 0 },
};

/* ---- the exec at hand ---- */

static const char *words; /* all of its text */
static const char *file;
static struct strings args; /* after the file */
static bool cut;            /* there are more */

/*
 * The file replaces argv[0], as in BCC.  A script becomes an argument of its interpreter,
 * which can itself be a script, up to five times, and each can add an argument of its own.
 * The arguments after the script's name are the caller's.
 */
static struct strings args_of(const struct exec_event *e, struct strings all)
{
	struct strings callers;
	const char *arg;
	size_t n;

	strings_next(&all, &n);
	callers = all;
	for (int i = 0; e->script && i < 10 && (arg = strings_next(&all, &n)); i++)
		if (n == e->file_len - 1 && !memcmp(arg, words, n))
			return all;
	return callers;
}

/* The text that -l is compared to. */
static const char *joined(void)
{
	static struct str s;

	s.len = 0;
	str_put(&s, file, strlen(file));
	str_put_strings(&s, args, " ");
	str_put(&s, " ...", cut ? 4 : 0);
	str_put(&s, "", 1);
	return s.p;
}

static bool keep(struct rec r)
{
	const struct exec_event *e = r.p;
	char comm[COMM_LEN + 1] = "";
	struct strings all;
	size_t len;

	words = pieces_gather(&e->pieces, r, &len);
	if (!words)
		return false;
	if (!e->file_len || e->file_len > e->pieces.head_len || words[e->file_len - 1])
		record_damaged();
	memcpy(comm, e->comm, COMM_LEN);
	if (!regex_matches(name, comm))
		return false;
	file = path_at(e->dfd, words);
	all = args_of(e, (struct strings){ words + e->pieces.head_len, words + len });
	args = strings_first(all, max_args - 1);
	cut = e->pieces.cut || args.end < all.end;
	return !line || regex_matches(line, joined());
}

/* ---- columns ---- */

static struct value arguments(struct rec r)
{
	static struct list all;

	(void)r;
	all = (struct list){ file, args, quote ? LIST_QUOTED : LIST_ARGS, cut };
	return value_list(&all);
}

CELL(is_cut, exec_event, value_bool(cut, NULL))

CELL(cwd, exec_event, path_value(words + e->file_len, e->pieces.head_len - e->file_len, "", 0))

static const struct col cols[] = {
	{ COL_TIME(-8, exec_event), HELP("Time of day"),
	  SHOW('T', "time", "Show the time of day") },
	{ COL_TIME_BEGAN(-7, exec_event), HELP("Seconds since tracing began"),
	  SHOW('t', "timestamp", "Show the seconds since tracing began") },
	{ COL("UID", -5, exec_event, uid), HELP("User ID of the process"),
	  SHOW('U', "print-uid", "Show the user ID") },
	{ COL("COMM", -16, exec_event, comm),
	  HELP("Name of the new program; if the exec failed, of the thread that tried") },
	{ COL("PID", -7, exec_event, pid), HELP("Process ID") },
	{ COL("tid", 0, exec_event, tid), HELP("Thread ID; the same as PID if the exec succeeded"),
	  JSON_ONLY },
	{ COL("PCOMM", -16, exec_event, pcomm), HELP("Name of the parent"),
	  SHOW('M', "print-pcomm", "Show the name of the parent") },
	{ COL_PPID(-7, exec_event), HELP("Process ID of the parent; ? if there is none") },
	{ COL("CPU", -4, exec_event, pieces.cpu), HELP("CPU that the exec ran on"),
	  SHOW('C', "print-cpu", "Show the CPU") },
	{ COL("RET", 3, exec_event, ret), HELP("0, or a negative error number; see errno(3)") },
	{ COLF("ARGS", 0, arguments),
	  HELP("The file, and the arguments after argv[0]; ... if some are left out") },
	{ COLF("cut", 0, is_cut), HELP("Whether ARGS is incomplete"), JSON_ONLY },
	{ COLF("cwd", 0, cwd), HELP("Working directory, as the process sees it"), JSON_ONLY },
	{ COL("cgroup_id", 0, exec_event, cgroup),
	  HELP("ID of the cgroup v2: the inode number of its directory"), JSON_ONLY },
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
	if (!conf.fails) /* it cleans up after programs that are not loaded */
		bpf_program__set_autoload(s->progs.replaced, false);
}

TOOL(execsnoop, .summary = "Trace programs being executed.",
     .examples = "Examples:\n"
		 "  execsnoop               # every program that is started\n"
		 "  execsnoop -x            # and those that fail to start\n"
		 "  execsnoop -TUn '^ssh'   # names that begin with ssh, with time and user\n"
		 "  execsnoop -- make       # as long as make runs",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols,
     EVENTS_TO(exec_event, pieces.text, TAIL_BYTES), .keep = keep, .parsed = parsed,
     .prepare = prepare)
