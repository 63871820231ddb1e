// SPDX-License-Identifier: BSD-2-Clause
/* timeledger: what threads spend their time with, so that it adds up to all of it. */
#include "timeledger.h"
#include "base/object.h"
#include "domain/sched.h"
#include "kernel/syscalls.h"
#include "main/tool.h"
#include "symbols/names.h"
#include "timeledger.skel.h"
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool by_thread;
static struct conf conf;

static const char *const causes[CAUSES] = {
	[CAUSE_RUNS] = "user or kernel", [CAUSE_USER] = "user",           [CAUSE_KERNEL] = "kernel",
	[CAUSE_QUEUE] = "run queue",     [CAUSE_THROTTLED] = "throttled", [CAUSE_DISK] = "disk",
	[CAUSE_MEMORY] = "memory",       [CAUSE_NETWORK] = "network",     [CAUSE_LOCK] = "lock",
	[CAUSE_FUTEX] = "futex",         [CAUSE_PROCESS] = "process",     [CAUSE_POLL] = "poll",
	[CAUSE_TIMER] = "timer",         [CAUSE_STOPPED] = "stopped",     [CAUSE_OTHER] = "other",
};
static const char *const files[] = {
	[FILE_PIPE] = "pipe",     [FILE_UNIX] = "Unix socket", [FILE_SOCKET] = "socket",
	[FILE_DEVICE] = "device", [FILE_OTHER] = "file",
};

/* System calls that tell what a thread waits for. */
static const struct {
	enum ledger_waits waits;
	const char *calls; /* NUL-terminated names, and another NUL */
} known[] = {
	{ WAITS_FUTEX, "futex\0futex_wait\0futex_waitv\0futex_requeue\0" },
	{ WAITS_TIMER, "nanosleep\0clock_nanosleep\0" },
	{ WAITS_POLL, "poll\0ppoll\0select\0pselect6\0epoll_wait\0epoll_pwait\0epoll_pwait2\0" },
	{ WAITS_PROCESS, "wait4\0waitid\0vfork\0fork\0clone\0clone3\0msgrcv\0msgsnd\0semop\0"
			 "semtimedop\0mq_timedreceive\0mq_timedsend\0" },
	{ WAITS_LOCK, "flock\0fcntl\0" },
	{ WAITS_DISK, "fsync\0fdatasync\0sync\0syncfs\0msync\0sync_file_range\0" },
	{ WAITS_FILE, "read\0write\0readv\0writev\0pread64\0pwrite64\0preadv\0pwritev\0preadv2\0"
		      "pwritev2\0recvfrom\0recvmsg\0recvmmsg\0sendto\0sendmsg\0sendmmsg\0accept\0"
		      "accept4\0connect\0splice\0tee\0vmsplice\0" },
};

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_FLAG('L', "threads", &by_thread, "Show each thread by itself"),
	OPT_FLAG('f', "folded", &names_show.folded,
		 "Print one line per cause, in the format of flame graph programs"),
	OPT_NAMES,
	{ 0 },
};

/* What tells where a cause's time went: "wait4", "read (pipe)". */
static const char *where(const struct ledger_key *k)
{
	static char name[64];
	const char *call = NULL,
		   *file = k->file < sizeof(files) / sizeof(*files) ? files[k->file] : NULL;

	if (k->syscall == NO_SYSCALL)
		return k->cause == CAUSE_MEMORY ? "page fault" : "no system call";
	call = syscall_name(k->syscall, k->flags & LEDGER_COMPAT);
	if (!call)
		snprintf(name, sizeof(name), "system call %u", k->syscall);
	else
		snprintf(name, sizeof(name), "%s%s%s%s", call, file ? " (" : "", file ?: "",
			 file ? ")" : "");
	return name;
}

static const char *state_letter(u32 state)
{
	return state & TASK_STATE_NOLOAD ? "I"
	       : state & 1               ? "S"
	       : state & 2               ? "D"
	       : state & 0x40            ? "P"
					 : "?";
}

/* Who ended it: "feeder 123", "not woken yet", or "" if that says nothing. */
static const char *waker(const struct ledger_key *k)
{
	static char name[COMM_LEN + 16];

	if (k->flags & LEDGER_PENDING)
		return "not woken yet";
	if (k->flags & LEDGER_INTERRUPT)
		return "interrupt";
	if (!k->waker_pid && !*k->waker)
		return "";
	snprintf(name, sizeof(name), "%.*s %u", COMM_LEN, k->waker, k->waker_pid);
	return name;
}

static bool waits(const struct ledger_key *k)
{
	return k->cause >= CAUSE_DISK;
}

CELL(syscall_cell, ledger,
     e->key.syscall == NO_SYSCALL
	     ? value_none("")
	     : value_maybe(syscall_name(e->key.syscall, e->key.flags &LEDGER_COMPAT)))
CELL(file_cell, ledger,
     value_maybe(e->key.file < sizeof(files) / sizeof(*files) ? files[e->key.file] : NULL))
CELL(state_cell, ledger,
     e->key.cause == CAUSE_OTHER ? value_str(state_letter(e->key.state)) : value_none(""))
CELL(woken_by_cell, ledger,
     e->key.flags &LEDGER_PENDING        ? value_str("nobody yet")
     : e->key.flags &LEDGER_INTERRUPT    ? value_str("interrupt")
     : e->key.waker_pid || *e->key.waker ? value_str("process")
					 : value_none(""))
CELL(waker_pid_cell, ledger,
     e->key.waker_pid || *e->key.waker ? value_uint(e->key.waker_pid) : value_none(""))
CELL(cause_cell, ledger, value_str(NAME_OF(causes, e->key.cause)))
CELL(percent_cell, ledger, value_percent(&kind_percent2, e->v.ns, e->v.whole))

static const struct col cols[] = {
	{ COL("pid", 0, ledger, key.pid), HELP("Process ID"), JSON_ONLY },
	{ COL("tid", 0, ledger, key.tid), HELP("Thread ID"), .opt = 'L',
	  .flags = COL_ONLY_IF | COL_JSON_ONLY },
	{ COL("comm", 0, ledger, key.comm),
	  HELP("Name of the process, or with -L of the thread: the last one it had"), JSON_ONLY },
	{ COL("threads", 0, ledger, v.threads), HELP("How many threads' time it is"),
	  .flags = COL_JSON_ONLY | COL_REPEATED },
	{ COLF("cause", 0, cause_cell), HELP("What the time was spent with: see above"),
	  JSON_ONLY },
	{ COLF("syscall", 0, syscall_cell), HELP("System call that it waited in"), JSON_ONLY },
	{ COLF("file", 0, file_cell),
	  HELP("Kind of file that it waited for: pipe, Unix socket, socket, device or file"),
	  JSON_ONLY },
	{ COLF("state", 0, state_cell),
	  HELP("With the cause other, the task's state: S interruptible, D uninterruptible, I "
	       "idle, P parked"),
	  JSON_ONLY },
	{ COLF("woken_by", 0, woken_by_cell),
	  HELP("process, interrupt, or nobody yet: it still waited when tracing ended; null where "
	       "the cause says enough"),
	  JSON_ONLY },
	{ COLF("waker_pid", 0, waker_pid_cell), HELP("Process that woke it up, where that tells"),
	  JSON_ONLY },
	{ COL("waker", 0, ledger, key.waker), HELP("Name of that process"), NONE(""), JSON_ONLY },
	{ COL("ns", 0, ledger, v.ns), HELP("The time, in nanoseconds"), JSON_ONLY },
	{ COL("count", 0, ledger, v.count), HELP("How many intervals that was"), JSON_ONLY },
	{ COLF("percent", 0, percent_cell),
	  HELP("Its part of all the time of the process, or with -L of the thread"), JSON_ONLY },
	{ COL("total_ns", 0, ledger, v.whole), HELP("That time, in nanoseconds"),
	  .flags = COL_JSON_ONLY | COL_REPEATED },
	{ 0 },
};

static const struct probe probes[] = {
	{ "tasks leaving and entering a CPU", { "switched" } },
	{ "who wakes tasks up", { "waking" } },
	{ "tasks that are woken up", { "waked" } },
	{ "tasks that are new", { "born" } },
	{ "threads that execute programs", { "executed" } },
	{ "waits for locks of the kernel", { "lock_began lock_ended" }, .optional = true },
	{ "threads that are there before tracing, or after", { "edge" }, .optional = true },
	{ 0 },
};

static void parsed(void)
{
	names_show.unit = "us";
	names_show.counted = "ns";
	names_show.per = 1000;
	names_show.fields = "comm cause syscall file state woken_by waker";
	if (run.command && !filter_is_set())
		conf.command = run.command;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		for (const char *c = known[i].calls; *c; c += strlen(c) + 1) {
			int number = syscall_number(c);

			if (number >= 0 && number < LEDGER_SYSCALLS)
				conf.waits[number] = known[i].waits;
		}
}

static void prepare(void *skel)
{
	sched_prepare(skel);
	interrupt_prepare(skel);
}

static int edges[2] = { -1, -1 }; /* each goes through all threads, once */

static void loaded(void *skel)
{
	struct bpf_program *p = ((struct timeledger_bpf *)skel)->progs.edge;
	struct bpf_link *link;

	bpf_program__set_autoattach(p, false);
	if (!probe_chosen(p))
		return;
	link = bpf_program__attach_iter(p, NULL);
	for (int i = 0; link && i < 2; i++)
		edges[i] = bpf_iter_create(bpf_link__fd(link));
	if (edges[0] < 0 || edges[1] < 0)
		err(1, "cannot go through the threads");
	probe_hold(link);
}

static void go_through(int fd)
{
	char none[64];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, none, sizeof(none))))
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			err(1, "cannot go through the threads");
}

/* When everything is attached. */
static int look_around(void)
{
	go_through(edges[0]);
	return -1;
}

static void began(void)
{
	*(u64 *)bpf_variable("began", sizeof(u64)) = run.began;
}

static void begin(void)
{
	if (!names_show.folded)
		text("Tracing where the time of %s goes... Hit Ctrl-C to end.\n",
		     conf.command ? "the command" : filter_context_plural());
}

/* ---- what was counted becomes a ledger ---- */

static int by_key(const void *a, const void *b)
{
	const struct ledger_key *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid) ?:
		       (x->tid > y->tid) - (x->tid < y->tid) ?:
					      memcmp(x, y, sizeof(*x));
}

/* Those from E on, up to END, that belong to the same process, or with -L to the same thread. */
static size_t group(const struct ledger *e, const struct ledger *end)
{
	size_t n = 1;

	while (e + n < end && e[n].key.pid == e->key.pid &&
	       (!by_thread || e[n].key.tid == e->key.tid))
		n++;
	return n;
}

/* The name that it had last, of a process that of its first thread. */
static const char *last_name(const struct ledger *e, size_t n)
{
	const struct ledger *last = e;

	for (size_t i = 1; i < n; i++) {
		bool first = e[i].key.tid == e->key.pid, was_first = last->key.tid == e->key.pid;

		if (first != was_first ? first : e[i].v.last > last->v.last)
			last = &e[i];
	}
	return last->key.comm;
}

/* Write the ledger of one process or thread to OUT; returns how many lines it has. */
static size_t settle(struct ledger *e, size_t n, struct ledger *out)
{
	struct ledger_value runs = {};
	u64 threads = 0, whole = 0, parts[CAUSES] = {};
	char comm[COMM_LEN];
	size_t lines = 0;

	memcpy(comm, last_name(e, n), sizeof(comm));
	for (size_t i = 0; i < n; i++) {
		threads += !i || e[i].key.tid != e[i - 1].key.tid;
		memcpy(e[i].key.comm, comm, sizeof(comm));
	}
	for (size_t i = 0; i < n; i++) {
		if (!by_thread)
			e[i].key.tid = 0;
		if (e[i].key.cause != CAUSE_RUNS)
			continue;
		runs.ns += e[i].v.ns;
		runs.count += e[i].v.count;
		runs.user += e[i].v.user;
		runs.kernel += e[i].v.kernel;
	}
	if (runs.user + runs.kernel) {
		struct ledger user = { .key = e->key, .v = { .count = runs.count } }, kernel;

		user.key.syscall = NO_SYSCALL;
		user.key.state = user.key.file = user.key.flags = user.key.waker_pid = 0;
		memset(user.key.waker, 0, sizeof(user.key.waker));
		kernel = user;
		user.key.cause = CAUSE_USER;
		kernel.key.cause = CAUSE_KERNEL;
		user.v.ns = (unsigned __int128)runs.ns * runs.user / (runs.user + runs.kernel);
		kernel.v.ns = runs.ns - user.v.ns;
		if (user.v.ns)
			out[lines++] = user;
		if (kernel.v.ns)
			out[lines++] = kernel;
	}
	qsort(e, n, sizeof(*e), by_key);
	for (size_t i = 0; i < n; i++) {
		if (e[i].key.cause == CAUSE_RUNS && runs.user + runs.kernel)
			continue;
		if (lines && !memcmp(&out[lines - 1].key, &e[i].key, sizeof(e->key))) {
			out[lines - 1].v.ns += e[i].v.ns;
			out[lines - 1].v.count += e[i].v.count;
			continue;
		}
		out[lines++] = e[i];
	}
	for (size_t i = 0; i < lines; i++) {
		whole += out[i].v.ns;
		if (out[i].key.cause < CAUSES)
			parts[out[i].key.cause] += out[i].v.ns;
	}
	for (size_t i = 0; i < lines; i++) {
		struct ledger_value *v = &out[i].v;

		v->user = v->kernel = v->last = 0;
		v->whole = whole;
		v->part = out[i].key.cause < CAUSES ? parts[out[i].key.cause] : 0;
		v->threads = threads;
	}
	return lines;
}

static char *merge(char *recs, size_t *n)
{
	struct ledger *all, *out;
	size_t count[3] = { *n }, total, lines = 0;
	char *more[3] = { recs };

	if (!run.began) /* a replay */
		return recs;
	/* From here on, programs change nothing: when the table has been emptied, none runs any more. */
	*(u64 *)bpf_variable("ended", sizeof(u64)) = time_mono();
	more[1] = table_drain(&count[1]);
	go_through(edges[1]);
	more[2] = table_drain(&count[2]);
	total = count[0] + count[1] + count[2];
	all = calloc(total + 1, sizeof(*all));
	out = calloc(2 * total + 1, sizeof(*out));
	if (!all || !out)
		err(1, NULL);
	for (size_t i = 0, at = 0; i < 3; at += count[i++]) {
		memcpy(all + at, more[i], count[i] * sizeof(*all));
		free(more[i]);
	}
	qsort(all, total, sizeof(*all), by_key);
	for (size_t i = 0, size; i < total; i += size) {
		size = group(all + i, all + total);
		lines += settle(all + i, size, out + lines);
	}
	free(all);
	*n = lines;
	return (char *)out;
}

/* ---- printing ---- */

static struct {
	u64 whole, parts[CAUSES], threads, processes;
	u32 pid, tid;
} sum;

static int compare(const void *a, const void *b)
{
	const struct ledger *x = a, *y = b;

	return (x->v.whole < y->v.whole) - (x->v.whole > y->v.whole) ?:
	       (x->key.pid > y->key.pid) - (x->key.pid < y->key.pid) ?:
	       (x->key.tid > y->key.tid) - (x->key.tid < y->key.tid) ?:
	       (x->v.part < y->v.part) - (x->v.part > y->v.part) ?:
	       (x->key.cause > y->key.cause) - (x->key.cause < y->key.cause) ?:
	       (x->v.ns < y->v.ns) - (x->v.ns > y->v.ns) ?:
	       memcmp(x, y, sizeof(*x));
}

/* The names of a line, root first, as in flame graphs. */
static size_t names_of(const struct ledger *e, const char **names)
{
	static char who[COMM_LEN + 16], state[80];
	const struct ledger_key *k = &e->key;
	size_t n = 0;

	snprintf(who, sizeof(who), "%.*s %u", COMM_LEN, k->comm, by_thread ? k->tid : k->pid);
	names[n++] = who;
	names[n++] = NAME_OF(causes, k->cause);
	if (!waits(k))
		return n;
	if (k->cause == CAUSE_OTHER) {
		snprintf(state, sizeof(state), "%s, state %s", where(k), state_letter(k->state));
		names[n++] = state;
	} else {
		names[n++] = where(k);
	}
	if (*waker(k))
		names[n++] = waker(k);
	return n;
}

static bool keep(struct rec r)
{
	const struct ledger *e = r.p;
	const char *names[4];

	if (!sum.processes || sum.pid != e->key.pid || sum.tid != e->key.tid) {
		sum.pid = e->key.pid;
		sum.tid = e->key.tid;
		sum.processes++;
		sum.threads += e->v.threads;
	}
	sum.whole += e->v.ns;
	if (e->key.cause < CAUSES)
		sum.parts[e->key.cause] += e->v.ns;
	names_keep(r, names, names_of(e, names), e->v.ns / 1000);
	return true;
}

static u64 tenths(u64 ns, u64 whole)
{
	return whole ? ((unsigned __int128)ns * 1000 + whole / 2) / whole : 0;
}

/*
 * Percent and seconds.  BEFORE is what the lines above have already, of the same whole: percentages are rounded so that
 * they add up.
 */
static void amount(u64 before, u64 ns, u64 whole)
{
	u64 percent = tenths(before + ns, whole) - tenths(before, whole), us = (ns + 500) / 1000;

	text("%5llu.%llu %6llu.%06llu  ", percent / 10, percent % 10, us / 1000000, us % 1000000);
}

static void totals(void)
{
	u64 before = 0;

	text("      %%      SECONDS\n");
	if (sum.processes < 2)
		return;
	amount(0, sum.whole, sum.whole);
	text("all: %llu thread%s", sum.threads, sum.threads == 1 ? "" : "s");
	if (!by_thread)
		text(" of %llu processes", sum.processes);
	text("\n");
	for (;;) {
		size_t most = 0;

		for (size_t i = 1; i < CAUSES; i++)
			if (sum.parts[i] > sum.parts[most])
				most = i;
		if (!sum.parts[most])
			break;
		amount(before, sum.parts[most], sum.whole);
		text("  %s\n", causes[most]);
		before += sum.parts[most];
		sum.parts[most] = 0;
	}
}

/* A tree: a process, its causes, and what it waited for with each of them. */
static void row(struct rec r)
{
	static struct {
		bool any;
		u32 pid, tid;
		u8 cause;
		u64 before;
	} at;
	const struct ledger *e = r.p;
	const struct ledger_key *k = &e->key;
	const char *by = waker(k), *names[4];

	if (names_show.folded) {
		names_folded(names, names_of(e, names), e->v.ns / 1000);
		return;
	}
	if (!at.any)
		totals();
	if (!at.any || at.pid != k->pid || at.tid != k->tid) {
		if (at.any || sum.processes > 1)
			text("\n");
		at.before = 0;
		amount(0, e->v.whole, e->v.whole);
		text_name(k->comm, COMM_LEN, 0, SIZE_MAX);
		text(" %u", by_thread ? k->tid : k->pid);
		if (by_thread)
			text(" of %u\n", k->pid);
		else
			text(": %llu thread%s\n", e->v.threads, e->v.threads == 1 ? "" : "s");
	}
	if (!at.any || at.pid != k->pid || at.tid != k->tid || at.cause != k->cause) {
		amount(at.before, e->v.part, e->v.whole);
		text("  %s\n", NAME_OF(causes, k->cause));
	}
	at.any = true;
	at.pid = k->pid;
	at.tid = k->tid;
	at.cause = k->cause;
	if (waits(k)) {
		amount(at.before, e->v.ns, e->v.whole);
		text("    %s", where(k));
		if (k->cause == CAUSE_OTHER)
			text(", state %s", state_letter(k->state));
		if (k->flags & LEDGER_PENDING) {
			text(", not woken yet");
		} else if (*by) {
			text(", woken by ");
			text_str(by, strlen(by));
		}
		text("\n");
	}
	at.before += e->v.ns;
}

TOOL(timeledger, .summary = "Show what threads spend their time with, adding up to all of it.",
     .args = "[duration]",
     .examples = "Examples:\n"
		 "  timeledger -- make         # a command, and all that it starts\n"
		 "  timeledger -p 181 10       # process 181, for 10 seconds\n"
		 "  timeledger -L -p 181       # each of its threads\n"
		 "  timeledger --cgroup /sys/fs/cgroup/system.slice/x.service 10\n"
		 "  timeledger 10              # all threads\n"
		 "  timeledger --flamegraph time.svg -- make",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, ENTRIES("times", ledger),
     .positional = positional_duration, .no_interval = true, .parsed = parsed, .prepare = prepare,
     .loaded = loaded, .side_open = look_around, .began = began, .begin = begin, .merge = merge,
     .compare = compare, .keep = keep, .row = row)
