// SPDX-License-Identifier: BSD-2-Clause
/* exitsnoop: why processes end, and how old they were.  After BCC's, by Arturo Martin-de-Nicolas. */
#include "exitsnoop.h"
#include "domain/signame.h"
#include "exitsnoop.skel.h"
#include "kernel/kbtf.h"
#include "main/tool.h"
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct conf conf;
static bool utc;
static const char *label;
static char time_head[24] = "TIME-UTC";

static const struct probe probes[] = { { "ends of processes", { "exited" } }, { 0 } };

static void set_utc(const char *arg)
{
	(void)arg;
	utc = true;
	opt_imply('t');
}

#define LABELLED 1 /* --label was given; see opt_imply() */

static void set_label(const char *arg)
{
	label = *arg ? arg : "exit";
	opt_imply(LABELLED);
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER('c'),
	OPT_FLAG('x', "failed", &conf.failed,
		 "Show only exits with a code or signal that is not 0"),
	OPT_FLAG('T', "per-thread", &conf.threads, "Show the end of each thread"),
	OPT_FLAG(0, "threaded", &conf.threads, "The same as --per-thread"),
	OPT_CALL(0, "utc", NULL, set_utc, "With -t, which this implies, show the time in UTC"),
	{ .name = "label",
	  .arg = "LABEL",
	  .set = opt_call,
	  .call = set_label,
	  .may_be_empty = true,
	  .help = "Show a column with this text (exit, if it is empty)" },
	{ 0 },
};

static struct value clock_time(const void *at)
{
	u64 ts = *(const u64 *)at, ns = time_wall(ts);
	time_t s = ns / 1000000000;
	char text[16];

	if (!utc)
		return value_as(&kind_clock_ms, ts);
	strftime(text, sizeof(text), "%T", gmtime_r(&s, &(struct tm){ 0 }));
	return value_fmt("%s.%03llu", text, ns / 1000000 % 1000);
}

CELL(label_text, exit_event, value_str(label))

static u32 signal_of(const struct exit_event *e)
{
	return e->code & 0x7f;
}

static bool dumped(const struct exit_event *e)
{
	return e->code & 0x80;
}

static u32 code_of(const struct exit_event *e)
{
	return e->code >> 8 & 0xff;
}

/* In text, "code 1" or "signal 9 (KILL)". */
static void code_text(struct out *o, struct value v, struct rec r)
{
	const struct exit_event *e = r.p;

	(void)o;
	(void)v;
	if (!e->code)
		text("0");
	else if (!signal_of(e))
		text("code %u", code_of(e));
	else
		text("signal %u (%s)%s", signal_of(e), signame(signal_of(e)) ?: "?",
		     dumped(e) ? ", core dumped" : "");
}

static const struct value_kind kind_code = { .class = CLASS_NUMBER, .text = code_text };

CELL(code, exit_event, value_as(&kind_code, code_of(e)))
CELL(signal_name, exit_event, value_maybe(signame(signal_of(e))))
CELL(core, exit_event, value_bool(dumped(e), NULL))
CELL(last, exit_event, value_bool(e->last, NULL))

static const struct col cols[] = {
	{ COL_OF(clock_time, time_head, -13, exit_event, ts),
	  HELP("Time of day, with the time zone in the header"), .opt = 't', .optname = "timestamp",
	  .opthelp = "Show the time of day", .flags = COL_NO_BLANK | COL_TEXT_ONLY },
	{ COLF("LABEL", -6, label_text), HELP("The text of --label"), .opt = LABELLED,
	  .flags = COL_ONLY_IF | COL_NO_BLANK },
	{ COL("PCOMM", -16, exit_event, comm),
	  HELP("Name of the process; with -T, of the thread") },
	{ COL("PID", -7, exit_event, pid), HELP("Process ID") },
	{ COL_PPID(-7, exit_event), HELP("Process ID of the parent; ? if there is none") },
	{ COL("TID", -7, exit_event, tid), HELP("Thread ID; without -T, the same as PID") },
	{ COL_AS(kind_s, "AGE(s)", -7, exit_event, age), KEY("age_ns"),
	  HELP("Time since it started, in seconds (JSON: age_ns, in nanoseconds)") },
	{ COLF("EXIT_CODE", 0, code),
	  HELP("0, the code it exited with, or the signal that killed it (JSON: the code alone)") },
	{ COLF("signal", 0, signal_name), HELP("Name of the signal; null if none killed it"),
	  JSON_ONLY },
	{ COLF("core_dumped", 0, core), HELP("Whether the kernel wrote a core dump"), JSON_ONLY },
	{ COLF("last", 0, last), HELP("Whether the process ended with this thread"), JSON_ONLY },
	{ COL("uid", 0, exit_event, uid), HELP("User ID"), JSON_ONLY },
	{ 0 },
};

/*
 * As BCC's, end with the processes that the user asked for.  Other options can leave out the rows of their ends.
 */
static int running = -1; /* epoll, of those that are left */
static size_t n_running;

static void ended(size_t n)
{
	n_running -= n;
	if (!n_running)
		raise(SIGTERM);
}

static int watch_processes(void)
{
	const u32 *pids = filter_pids(&n_running);
	struct epoll_event once = { .events = EPOLLIN | EPOLLONESHOT };

	if (!n_running || run.command)
		return -1;
	running = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0, n = n_running; i < n; i++) {
		int fd = syscall(SYS_pidfd_open, pids[i], 0);

		if (fd < 0 && errno != ESRCH)
			err(1, "cannot wait for process %u", pids[i]);
		if (fd < 0 || epoll_ctl(running, EPOLL_CTL_ADD, fd, &once))
			ended(1);
	}
	return running;
}

static void process_ended(void)
{
	struct epoll_event e;

	while (n_running && epoll_wait(running, &e, 1, 0) == 1)
		ended(1);
}

static void parsed(void)
{
	char zone[16];
	time_t now = time(NULL);

	if (!utc && strftime(zone, sizeof(zone), "%Z", localtime(&now)))
		snprintf(time_head, sizeof(time_head), "TIME-%s", zone);
}

static void prepare(void *skel)
{
	(void)skel;
	conf.told = kbtf_tracepoint_args("sched_process_exit") >= 2;
}

TOOL(exitsnoop, .summary = "Trace processes that end, and why.",
     .examples = "Examples:\n"
		 "  exitsnoop               # every process\n"
		 "  exitsnoop -x -t         # those that fail, with the time\n"
		 "  exitsnoop -p 181        # wait for process 181\n"
		 "  exitsnoop -T -p 181     # and see its threads end",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, EVENTS(exit_event),
     .side_open = watch_processes, .side_read = process_ended, .parsed = parsed, .prepare = prepare)
