// SPDX-License-Identifier: BSD-2-Clause
/* offcputime: where threads are off the CPU, and for how long, by stack.  After BCC's, by Brendan Gregg. */
#include "offcputime.h"
#include "base/object.h"
#include "domain/sched.h"
#include "main/filter.h"
#include "main/tool.h"
#include "offcputime.skel.h"
#include "symbols/stack.h"
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct conf conf;
static bool complete, edges, offsets;
static u64 min_us = 1, max_us = UINT64_MAX;

static const struct probe probes[] = {
	{ "tasks leaving and entering a CPU", { "switched" } },
	{ "threads that sleep before tracing begins",
	  { "sleepers" },
	  .optional = true,
	  .wanted = &edges },
	{ 0 },
};

static void set_min(const char *arg)
{
	min_us = parse_u64(arg, "min-block-time", 0, UINT64_MAX / 1000);
}

static void set_max(const char *arg)
{
	max_us = parse_u64(arg, "max-block-time", 0, UINT64_MAX);
}

static void set_state(const char *arg)
{
	conf.has_state = true;
	conf.state = parse_u64(arg, "state", 0, UINT32_MAX);
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_CONTAINER(0),
	OPT_FLAG('u', "user-threads-only", &conf.user_threads, "Leave out kernel threads"),
	OPT_FLAG('k', "kernel-threads-only", &conf.kernel_threads, "Only kernel threads"),
	OPT_FLAG('I', "include-idle", &conf.idle,
		 "Also the idle tasks, whose time is that of all others"),
	OPT_STACKS,
	OPT_FLAG('s', "offset", &offsets, "Show where in its function each frame is"),
	OPT_CALL('m', "min-block-time", "US", set_min,
		 "Leave out times shorter than this, in microseconds (default: 1)"),
	OPT_CALL('M', "max-block-time", "US", set_max, "Leave out times longer than this"),
	OPT_CALL(0, "state", "MASK", set_state,
		 "Only threads that leave the CPU in one of these states: 1 is interruptible, 2 "
		 "uninterruptible; 0: those that could have gone on"),
	OPT_FLAG(0, "complete-only", &complete,
		 "Leave out times that began before tracing or had not ended when it did, as BCC "
		 "does"),
	OPT_STACK_STORAGE,
	{ 0 },
};

CELL(kernel_stack, offcpu, stack_value(STACK_KERNEL(e->key.stack.kernel), ""))
CELL(user_stack, offcpu, stack_value(STACK_USER(e->key.stack.user, e->key.pid), ""))

static const struct col cols[] = {
	{ COL("pid", 0, offcpu, key.pid), HELP("Process ID"), JSON_ONLY },
	{ COL("tid", 0, offcpu, key.tid), HELP("Thread ID"), JSON_ONLY },
	{ COL("comm", 0, offcpu, key.comm), HELP("Name of the thread"), JSON_ONLY },
	{ COLF("kernel", 0, kernel_stack),
	  HELP("Kernel functions, innermost first; null if they could not be stored"), .opt = 'U',
	  .flags = COL_ONLY_IF | COL_UNLESS | COL_JSON_ONLY },
	{ COLF("user", 0, user_stack),
	  HELP("User functions, innermost first; null if they could not be stored"), .opt = 'K',
	  .flags = COL_ONLY_IF | COL_UNLESS | COL_JSON_ONLY },
	{ COL("off_ns", 0, offcpu, v.ns),
	  HELP("Time off the CPU with these stacks, in nanoseconds"), JSON_ONLY },
	{ COL("count", 0, offcpu, v.count), HELP("How many times that was"), JSON_ONLY },
	{ 0 },
};

static void parsed(void)
{
	stack_parsed();
	if (conf.user_threads && conf.kernel_threads)
		usage_error("-u and -k exclude each other");
	if (conf.kernel_threads && stack_show.user_only)
		usage_error("-k and -U exclude each other: kernel threads have no user stacks");
	if (stack_show.folded && offsets)
		usage_error("-f and -s exclude each other");
	edges = !complete;
	if (min_us > max_us)
		usage_error("-m is more than -M: no time is both");
	conf.min_ns = min_us * 1000;
	conf.max_ns = max_us < UINT64_MAX / 1000 ? max_us * 1000 + 999 : UINT64_MAX;
	stack_show.style = offsets ? FRAME_OFFSET : 0;
	stack_show.unit = "us";
	stack_show.from_probe = true;
	stack_show.keep_ids = true;
}

static int sleepers = -1; /* goes through the threads that sleep already */

static void loaded(void *skel)
{
	struct offcputime_bpf *s = skel;
	struct bpf_link *link;

	bpf_program__set_autoattach(s->progs.sleepers, false);
	if (!probe_chosen(s->progs.sleepers))
		return;
	link = bpf_program__attach_iter(s->progs.sleepers, NULL);
	if (link)
		sleepers = bpf_iter_create(bpf_link__fd(link));
	if (sleepers < 0)
		err(1, "cannot go through the threads");
	probe_hold(link);
}

/* When everything is attached: a thread that starts to sleep from now on is seen. */
static int watch_stacks(void)
{
	struct stack_before b;
	size_t have = 0;
	ssize_t n;

	while (sleepers >= 0 && (n = read(sleepers, (char *)&b + have, sizeof(b) - have))) {
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			err(1, "cannot go through the threads");
		have += n < 0 ? 0 : n;
		if (have == sizeof(b)) {
			stack_before(&b);
			have = 0;
		}
	}
	return stack_watch();
}

static void begin(void)
{
	const char *who = filter_context_plural(), *kind = conf.user_threads     ? "user threads"
							   : conf.kernel_threads ? "kernel threads"
										 : NULL;
	bool all = !strcmp(who, "all threads");

	if (stack_show.folded)
		return;
	text("Tracing off-CPU time (us) of %s%s%s by %s stack", kind ?: "",
	     kind && !all ? " of " : "", kind && all ? "" : who, stack_context());
	if (run.duration)
		text(" for %u secs.\n", run.duration);
	else
		text("... Hit Ctrl-C to end.\n");
}

static void report_begin(void)
{
	text(stack_show.folded ? "" : "\n");
}

static struct offcpu *list;
static size_t n_list;

static void add(const void *recs, size_t n)
{
	list = reallocarray(list, n_list + n + 1, sizeof(*list));
	if (!list)
		err(1, NULL);
	memcpy(list + n_list, recs, n * sizeof(*list));
	n_list += n;
}

static u64 ended; /* CLOCK_MONOTONIC */

/* A thread that was still off the CPU. */
static void add_off(const struct off *o)
{
	u64 ns = o->since < ended ? ended - o->since : 0;
	struct offcpu r = { o->key, { ns, 1 } };

	if (ns >= conf.min_ns && ns <= conf.max_ns)
		add(&r, 1);
}

static void add_all_off(void)
{
	const struct off *offs = bpf_variable("offs", TASK_STATES_SLOTS * sizeof(*offs));
	int fd = map_fd("offs_spilled");
	struct off o;
	u32 tid;

	for (size_t i = 0; i < TASK_STATES_SLOTS; i++)
		if (offs[i].head.claims)
			add_off(&offs[i]);
	for (bool more = !bpf_map_get_next_key(fd, NULL, &tid); more;
	     more = !bpf_map_get_next_key(fd, &tid, &tid))
		if (!bpf_map_lookup_elem(fd, &tid, &o))
			add_off(&o);
}

/*
 * From stack_stop() on, nothing changes: who is off the CPU then was so to the end.  What was counted until
 * then is in the table, also what came after RECS were read.
 */
static char *merge(char *recs, size_t *n)
{
	char *more;
	size_t n_more;

	if (!run.began) /* a replay */
		return recs;
	ended = time_mono();
	stack_stop();
	add(recs, *n);
	free(recs);
	more = table_drain(&n_more);
	add(more, n_more);
	free(more);
	if (!complete)
		add_all_off();
	*n = n_list;
	return stack_merge((char *)list, n);
}

static bool keep(struct rec r)
{
	const struct offcpu *e = r.p;

	return stack_keep(&e->key, e->v.ns / 1000);
}

static void row(struct rec r)
{
	const struct offcpu *e = r.p;

	stack_row(&e->key, e->v.ns / 1000);
}

static int by_time(const void *a, const void *b)
{
	const struct offcpu *x = a, *y = b;

	return (x->v.ns > y->v.ns) - (x->v.ns < y->v.ns) ?: memcmp(x, y, sizeof(*x));
}

TOOL(offcputime, .summary = "Show where threads are off the CPU, and for how long, by stack.",
     .args = "[duration]",
     .examples = "Examples:\n"
		 "  offcputime            # all threads, until Ctrl-C\n"
		 "  offcputime 5          # for 5 seconds\n"
		 "  offcputime -p 181     # process 181\n"
		 "  offcputime -m 1000    # only times of at least 1 ms\n"
		 "  offcputime --state 2  # uninterruptible sleep, such as for disks\n"
		 "  offcputime -f 5       # as folded lines\n"
		 "  offcputime --flamegraph off.svg -- make",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, ENTRIES("times", offcpu),
     .positional = positional_duration, .no_interval = true, .compare = by_time, .parsed = parsed,
     .prepare = sched_prepare, .loaded = loaded, .begin = begin, .keep = keep, .row = row,
     .report_begin = report_begin, .merge = merge, .side_open = watch_stacks,
     .side_read = stack_watched)
