// SPDX-License-Identifier: BSD-2-Clause
/* syscount: system calls, counted and timed.  After BCC's, by Sasha Goldshtein. */
#include "syscount.h"
#include "domain/call_counts.h"
#include "domain/errname.h"
#include "kernel/syscalls.h"
#include "main/tool.h"
#include "output/fields.h"
#include "syscount.skel.h"
#include <string.h>

static struct conf conf;
static const char *only;

static const struct probe probes[] = {
	{ "system calls", { "left" } },
	{ "the beginning of system calls", { "entered" }, .wanted = &conf.latency },
	{ "threads ending", { "ended" }, .wanted = &conf.latency },
	{ "programs being executed", { "executed" }, .wanted = &conf.latency },
	{ 0 },
};

static void list(const char *arg)
{
	const char *names[SYSCALL_NUMBERS];
	size_t n = 0;

	(void)arg;
	for (u32 i = 0; i < SYSCALL_NUMBERS; i++)
		if (syscall_name(i, false))
			names[n++] = syscall_name(i, false);
	call_counts_list(names, n, 22);
}

static void set_error(const char *arg)
{
	conf.error = parse_error(arg, "ENOENT");
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_PPID('c'),
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_INTERVAL('i'),
	OPT_DURATION('d'),
	OPT_ROWS('T', "top", "Show at most this many rows (default: 10; all with --json)"),
	OPT_FLAG('x', "failures", &conf.failed, "Count only calls that fail"),
	OPT_CALL('e', "errno", "ERRNO", set_error,
		 "Count only calls that fail with this error, a number or a name such as ENOENT"),
	OPT_FLAG('L', "latency", &conf.latency, "Also show how long the calls took"),
	OPT_FLAG('m', "milliseconds", &call_counts_ms, "With -L, show milliseconds"),
	OPT_FLAG('P', "process", &conf.by_process, "Count by process, not by system call"),
	OPT_FLAG('E', "by-error", &conf.by_error, "Count each error apart"),
	OPT_FLAG('G', "by-cgroup", &conf.by_cgroup, "Count each cgroup v2 apart"),
	OPT_CALL('l', "list", NULL, list, "Print the names of the system calls, and exit"),
	OPT_STR(0, "syscall", "NAME", &only, "Count only this system call"),
	{ 0 },
};

/* The name, or NULL if there is none. */
static const char *name_of(u32 call)
{
	return call < CALL_OTHER ? syscall_name(call % SYSCALL_NUMBERS, call >= SYSCALL_NUMBERS)
				 : NULL;
}

static bool is_compat(u32 call)
{
	return call >= SYSCALL_NUMBERS && call < CALL_OTHER;
}

static struct value call_name(const void *u32_call)
{
	static struct noted noted;
	u32 call = *(const u32 *)u32_call;
	struct value name = call < CALL_OTHER ? value_named(name_of(call), "[unknown: %u]",
							    call % SYSCALL_NUMBERS)
					      : value_str("[unknown]");

	if (!is_compat(call))
		return name;
	noted = (struct noted){ name.s, " (32-bit)", value_len(name) };
	return value_noted(&noted);
}

CELL(compat, calls, value_bool(is_compat(e->k.call), NULL))

static struct value error_name(const void *u32_error)
{
	u32 error = *(const u32 *)u32_error;

	if (!error)
		return value_none("-");
	return value_named(errname(error), "%u", error);
}

static struct value cgroup(const void *u64_cgroup)
{
	const char *path = fields_cgroup_path(*(const u64 *)u64_cgroup);

	return path ? value_str(path) : value_none("?");
}

static char time_head[] = "TIME (us)";

static const struct col cols[] = {
	{ COL_OF(call_name, "SYSCALL", -22, calls, k.call), HELP("System call"), ONLY_UNLESS('P') },
	{ COLF("compat", 0, compat), FIELD(calls, k.call), HELP("Whether 32-bit programs made it"),
	  .opt = 'P', .flags = COL_ONLY_IF | COL_UNLESS | COL_JSON_ONLY },
	{ COL("PID", -6, calls, k.pid), HELP("Process ID"), ONLY_IF('P') },
	{ COL("COMM", -15, calls, v.comm), HELP("Name of the process"), ONLY_IF('P') },
	{ COL_OF(error_name, "ERROR", -15, calls, k.error),
	  HELP("Error with which the calls failed; - if they succeeded"), ONLY_IF('E') },
	{ COL_OF(cgroup, "CGROUP", -30, calls, k.cgroup),
	  HELP("Path of the cgroup v2; ? if it was removed"), ONLY_IF('G') },
	{ COL("COUNT", 8, calls, v.n.count), HELP("Number of calls") },
	{ COL_OF(call_counts_took, time_head, 16, calls, v.n.ns), KEY("total_ns"),
	  HELP("With -L, time spent in the calls, with -m in milliseconds (JSON: total_ns, in "
	       "nanoseconds)"),
	  ONLY_IF('L') },
	{ 0 },
};

static int compare(const void *a, const void *b)
{
	const struct calls *x = a, *y = b;
	u64 m = conf.latency ? x->v.n.ns : x->v.n.count,
	    n = conf.latency ? y->v.n.ns : y->v.n.count;

	return (m < n) - (m > n) ?: memcmp(&x->k, &y->k, sizeof(x->k));
}

static void unfold(void *rec, const void *entry)
{
	const struct calls_by_number *from = entry;
	struct calls *to = rec;

	to->k.call = from->call;
	to->v.n = from->v;
}

/* The calls of this name. */
static void find_only(void)
{
	conf.one = true;
	conf.call64 = conf.call32 = CALLS;
	for (u32 i = 0; i < CALL_OTHER; i++)
		if (name_of(i) && !strcmp(name_of(i), only))
			*(i < SYSCALL_NUMBERS ? &conf.call64 : &conf.call32) = i;
	if (conf.call64 == CALLS && conf.call32 == CALLS)
		usage_error("--syscall: unknown system call '%s'; -l lists them", only);
}

static void parsed(void)
{
	if (only)
		find_only();
	if (!run.rows && !run.json)
		run.rows = 10;
	if (call_counts_ms)
		strcpy(time_head, "TIME (ms)");
	if (conf.by_cgroup)
		fields_cgroup_paths();
}

static void begin(void)
{
	call_counts_begin("syscall", conf.failed, only);
}

TOOL(syscount, .summary = "Count system calls, and the time that they take.",
     .examples = "Examples:\n"
		 "  syscount              # until Ctrl-C, the ten most frequent calls\n"
		 "  syscount -i 5 -d 60   # every five seconds, for a minute\n"
		 "  syscount -PL          # processes by the time they spend in calls\n"
		 "  syscount -xE          # failing calls, with their errors\n"
		 "  syscount --syscall read -G",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, ENTRIES("groups", calls),
     ALSO_ENTRIES("by_number", calls_by_number), .unfold = unfold, .no_interval = true,
     .own_gaps = true, .compare = compare, .parsed = parsed, .begin = begin,
     .report_begin = call_counts_report_begin, .report_end = call_counts_report_end,
     .goodbye = "Detaching...")
