// SPDX-License-Identifier: BSD-2-Clause
/* fsdist: latency of file system operations as histograms.  After BCC's ext4dist, by Brendan Gregg. */
#include "fsdist.h"
#include "domain/fs.h"
#include "fsdist.skel.h"
#include "main/tool.h"
#include "output/hist.h"
#include <string.h>

static struct conf conf = { .unit = 1000 };
static u32 ops = 1 << FS_READ | 1 << FS_WRITE | 1 << FS_OPEN | 1 << FS_FSYNC;
static bool no_time;

static const char *const aliases[] = { FS_ALIASES("dist") };

static void set_milliseconds(const char *arg)
{
	(void)arg;
	conf.unit = 1000000;
}

/* BCC's tools for single file systems print the time unless -T is given, its fsdist only with -T. */
static struct opt opts[] = {
	OPT_TIMESTAMP('T'),
	OPT_CALL('m', "milliseconds", NULL, set_milliseconds,
		 "Use milliseconds instead of microseconds"),
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_FS,
	{ 0 },
};

CELL(operation, latency, value_str(fs_op_name(e->op)))

static const struct col cols[] = {
	{ COLF("operation", 0, operation), HELP("read, write, open, fsync or getattr") },
	{ COL("usecs", 0, latency, v.hist), HELP("Latency of the operations, in microseconds"),
	  ONLY_UNLESS('m') },
	{ COL("msecs", 0, latency, v.hist), HELP("Latency in milliseconds, with -m"),
	  ONLY_IF('m') },
	{ COL("total_ns", 0, latency, v.hist.sum), HELP("Sum of their latencies, in nanoseconds"),
	  JSON_ONLY },
	{ COL_OF(hist_values, "count", 0, latency, v.hist), HELP("Number of operations"),
	  JSON_ONLY },
	{ 0 },
};

static void called_as(struct tool *me, const char *name)
{
	static const struct opt no_timestamp =
		OPT_FLAG('T', "notimestamp", &no_time, "Don't print the time with each report");

	if (fs_called_as(me, name, opts))
		opts[0] = no_timestamp;
}

static void parsed(void)
{
	fs_parsed();
	/* BCC's ext4dist has no getattr. */
	if (!fs_by_alias || fs_type != FS_ext4)
		ops |= 1 << FS_GETATTR;
}

static void targets(void)
{
	fs_target(ops);
}

static void begin(void)
{
	text("Tracing %s operation latency... Hit Ctrl-C to end.\n", fs_title());
}

static void report_begin(void)
{
	if (fs_by_alias && run.interval && !no_time)
		text("%s:\n", time_hms(time_mono()));
}

static int compare(const void *a, const void *b)
{
	const struct latency *x = a, *y = b;

	return (int)x->op - (int)y->op;
}

TOOL(fsdist, .summary = "Summarize the latency of file system operations as histograms.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  fsdist -t ext4        # one histogram per operation, on Ctrl-C\n"
		 "  fsdist -t xfs 1 10    # ten reports, one per second\n"
		 "  fsdist -t nfs -m 5    # in milliseconds\n"
		 "  ext4dist -p 181       # short for fsdist -t ext4 -p 181",
     CONF(conf), .probes = fs_probes, .trials = fs_trials, .opts = opts, .cols = cols,
     ENTRIES("latencies", latency), .report = REPORT_HIST, .aliases = aliases,
     .called_as = called_as, .parsed = parsed, .targets = targets, .begin = begin,
     .report_begin = report_begin, .compare = compare)
