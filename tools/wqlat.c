// SPDX-License-Identifier: BSD-2-Clause
/* wqlat: how long work waits in the kernel's workqueues, as a histogram.  After BCC's, by Ping Gan. */
#include "wqlat.h"
#include "main/tool.h"
#include "output/hist.h"
#include "wqlat.skel.h"
#include <string.h>

static struct conf conf = { .unit = 1000 };

static void set_nanoseconds(const char *arg)
{
	(void)arg;
	conf.unit = 1;
}

static void set_name(const char *arg)
{
	if (!*arg || strlen(arg) >= WQ_NAME)
		usage_error("the name of a workqueue has 1 to %d bytes", WQ_NAME - 1);
	conf.has_name = true;
	memset(conf.name, 0, WQ_NAME);
	memcpy(conf.name, arg, strlen(arg));
}

static const struct opt opts[] = {
	OPT_TIMESTAMP('T'),
	OPT_CALL('N', "nanoseconds", NULL, set_nanoseconds,
		 "Use nanoseconds instead of microseconds"),
	OPT_FLAG('W', "workqueues", &conf.by_queue, "Print a histogram for each workqueue"),
	OPT_CALL('w', "wqname", "NAME", set_name, "Trace only the workqueue of this name"),
	{ 0 },
};

static const struct col cols[] = {
	{ COL("wqname", 0, latency, k.name), HELP("Name of the workqueue, with -W"), ONLY_IF('W') },
	{ COL("usecs", 0, latency, v.hist), HELP("Times that work waited, in microseconds"),
	  ONLY_UNLESS('N') },
	{ COL("nsecs", 0, latency, v.hist), HELP("Times in nanoseconds, with -N"), ONLY_IF('N') },
	{ COL("total_ns", 0, latency, v.hist.sum), HELP("Sum of these times, in nanoseconds"),
	  JSON_ONLY },
	{ COL_OF(hist_values, "count", 0, latency, v.hist), HELP("Number of times"), JSON_ONLY },
	{ 0 },
};

static int by_name(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct latency_key));
}

TOOL(wqlat, .summary = "Summarize how long work waits in the kernel's workqueues, as a histogram.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  wqlat                # one histogram, on Ctrl-C\n"
		 "  wqlat 1 10           # ten reports, one per second\n"
		 "  wqlat -W             # a histogram for each workqueue\n"
		 "  wqlat -w kblockd     # only the workqueue kblockd\n"
		 "  wqlat -NT 1          # in nanoseconds, with the time",
     CONF(conf), .opts = opts, .cols = cols, ENTRIES("latencies", latency), .report = REPORT_HIST,
     .compare = by_name, .banner = "Tracing work queue request latency time... Hit Ctrl-C to end.")
