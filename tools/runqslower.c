// SPDX-License-Identifier: BSD-2-Clause
/* runqslower: long waits for a CPU.  After BCC's, by Ivan Babrou. */
#include "runqslower.h"
#include "main/filter.h"
#include "main/tool.h"
#include "runqslower.skel.h"

static struct conf conf;
static u32 min_us = 10000;

static const struct opt opts[] = {
	OPT_PID, OPT_TID('t'), OPT_COMM('c', "comm"), OPT_CONTAINER(0), { 0 },
};

static const struct col cols[] = {
	{ COL_TIME(-8, wait_event), HELP("Time when the thread began to run") },
	{ COL("COMM", -16, wait_event, comm), HELP("Name of the thread") },
	{ COL("pid", 0, wait_event, pid), HELP("Process ID"), JSON_ONLY },
	{ COL("TID", -6, wait_event, tid), HELP("Thread ID") },
	{ COL_AS(kind_us, "LAT(us)", 14, wait_event, ns), KEY("lat_ns"),
	  HELP("How long it waited, in microseconds (JSON: lat_ns, in nanoseconds)") },
	{ COL("PREV COMM", -16, wait_event, prev_comm), KEY("prev_comm"),
	  SHOW('P', "previous", "Also show the thread that ran before"),
	  HELP("Name of the thread that ran before, with -P in text") },
	{ COL("prev_pid", 0, wait_event, prev_pid), HELP("Its process ID"), JSON_ONLY },
	{ COL("PREV TID", -6, wait_event, prev_tid), KEY("prev_tid"), WITH('P'),
	  HELP("Its thread ID, with -P in text") },
	{ 0 },
};

static int positional(unsigned int n, const char *arg)
{
	if (!n)
		min_us = parse_u64(arg, "min_us", 0, UINT32_MAX);
	return !n;
}

/* BCC shows those whose microseconds, rounded down, are more than this; for 0 all. */
static void parsed(void)
{
	conf.min_ns = min_us ? (min_us + 1ull) * 1000 : 0;
}

static void begin(void)
{
	text("Tracing run queue latency higher than %u us\n", min_us);
}

TOOL(runqslower, .summary = "Trace long waits for a CPU.", .args = "[MIN_US]",
     .examples = "Examples:\n"
		 "  runqslower            # waits of more than 10 ms\n"
		 "  runqslower 1000       # of more than 1 ms\n"
		 "  runqslower -P         # with the thread that ran before\n"
		 "  runqslower -p 181     # of process 181",
     CONF(conf), .opts = opts, .cols = cols, EVENTS(wait_event), .positional = positional,
     .parsed = parsed, .begin = begin)
