// SPDX-License-Identifier: BSD-2-Clause
/* wakeuptime: who wakes up sleeping threads, from where, and how long they slept.  After BCC's, by Brendan Gregg. */
#include "wakeuptime.h"
#include "domain/block_time.h"
#include "domain/sched.h"
#include "main/filter.h"
#include "main/tool.h"
#include "symbols/stack.h"
#include "wakeuptime.skel.h"
#include <stdlib.h>
#include <string.h>

static struct conf conf;

static const struct opt opts[] = {
	OPT_PID,
	OPT_CONTAINER(0),
	OPT_FLAG('u', "useronly", &conf.user_threads, "Leave out sleeps of kernel threads"),
	OPT_FLAG(0, "user-threads-only", &conf.user_threads, "The same as --useronly"),
	OPT_STACK_FORMATS,
	OPT_COMPARE,
	OPT_BLOCK_TIME("sleeps"),
	OPT_FLAG(0, "complete-only", &conf.complete,
		 "Leave out sleeps that began before tracing, as BCC does"),
	OPT_STACK_STORAGE,
	{ 0 },
};

CELL(kernel_stack, wakeup, stack_value(STACK_KERNEL(e->key.waker.stack.kernel), ""))

static const struct col cols[] = {
	{ COL("target", 0, wakeup, key.target.comm), HELP("Name of the thread that slept"),
	  JSON_ONLY },
	{ COL("waker", 0, wakeup, key.waker.comm), HELP("Name of the thread that woke it up"),
	  JSON_ONLY },
	{ COLF("kernel", 0, kernel_stack),
	  HELP("The waker's kernel functions, innermost first; null if they could not be stored"),
	  JSON_ONLY },
	{ COL("blocked_ns", 0, wakeup, v.ns), HELP("Time that it slept, in nanoseconds"),
	  JSON_ONLY },
	{ COL("count", 0, wakeup, v.count), HELP("How many times that was"), JSON_ONLY },
	{ 0 },
};

static void parsed(void)
{
	block_time_parsed(&conf.min_ns, &conf.max_ns);
	stack_show.kernel_only = true;
	stack_show.from_probe = true;
	stack_show.unit = "us";
	stack_show.counted = "blocked_ns";
	stack_show.per = 1000;
}

static void begin(void)
{
	if (stack_show.folded)
		return;
	text("Tracing blocked time (us) by kernel stack");
	stack_banner_end();
}

static char *merge(char *recs, size_t *n)
{
	stack_stop();
	return stack_merge(recs, n);
}

static bool keep(struct rec r)
{
	const struct wakeup *w = r.p;

	char target[COMM_LEN + 1] = "";

	memcpy(target, w->key.target.comm, COMM_LEN);
	return stack_keep_with(&w->key.waker, target, w->v.ns / 1000);
}

static void row(struct rec r)
{
	const struct wakeup *w = r.p;
	const char *target = w->key.target.comm, *waker = w->key.waker.comm;

	if (stack_show.folded) {
		stack_folded_with(&w->key.waker, target, w->v.ns / 1000);
		return;
	}
	text("    %-16s ", "target:");
	text_str(target, strnlen(target, COMM_LEN));
	text("\n");
	stack_addresses(STACK_KERNEL(w->key.waker.stack.kernel));
	text("    %-16s ", "waker:");
	text_str(waker, strnlen(waker, COMM_LEN));
	text("\n        %llu\n\n", w->v.ns / 1000);
}

static int by_time(const void *a, const void *b)
{
	const struct wakeup *x = a, *y = b;

	return (x->v.ns > y->v.ns) - (x->v.ns < y->v.ns) ?: memcmp(x, y, sizeof(*x));
}

TOOL(wakeuptime, .summary = "Show who wakes up sleeping threads, and how long they slept.",
     .args = "[duration]",
     .examples = "Examples:\n"
		 "  wakeuptime            # all threads, until Ctrl-C\n"
		 "  wakeuptime 5          # for 5 seconds\n"
		 "  wakeuptime -u         # no kernel threads\n"
		 "  wakeuptime -p 181     # who wakes up process 181\n"
		 "  wakeuptime -f 5       # as folded lines\n"
		 "  wakeuptime --flamegraph wakers.svg -- make",
     CONF(conf), .opts = opts, .cols = cols, ENTRIES("times", wakeup),
     .positional = positional_duration, .no_interval = true, .compare = by_time, .parsed = parsed,
     .prepare = sched_prepare, .begin = begin, .keep = keep, .row = row,
     .report_begin = stack_report_begin, .merge = merge, .side_open = stack_watch_kernel,
     .side_read = stack_watched, .end = stack_goodbye)
