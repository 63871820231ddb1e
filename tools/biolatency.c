// SPDX-License-Identifier: BSD-2-Clause
/* biolatency: block I/O latency as a histogram.  After BCC's, by Brendan Gregg. */
#include "biolatency.h"
#include "biolatency.skel.h"
#include "domain/block.h"
#include "kernel/kbtf.h"
#include "main/filter.h"
#include "main/tool.h"
#include "output/hist.h"
#include "output/print.h"
#include <stdio.h>
#include <string.h>

static struct conf conf = { .unit = 1000 };
static bool of_tasks, from_queue, from_issue, average, dictionary;
static u64 total, count; /* of a report */

static const struct probe probes[] = {
	{ REQUESTS_QUEUED, .wanted = &of_tasks },
	{ "requests being queued", { "queued", "issued" }, .wanted = &from_queue },
	{ "requests being issued", { "issued" }, .wanted = &from_issue },
	{ "requests being completed", { "completed" } },
	{ 0 },
};

static void set_milliseconds(const char *arg)
{
	(void)arg;
	conf.unit = 1000000;
}

static const struct opt opts[] = {
	OPT_TIMESTAMP('T'),
	OPT_FLAG('Q', "queued", &conf.queued, "Include the time that requests are queued"),
	OPT_CALL('m', "milliseconds", NULL, set_milliseconds,
		 "Use milliseconds instead of microseconds"),
	OPT_FLAG('D', "disks", &conf.by_disk, "Print a histogram for each disk"),
	OPT_FLAG('F', "flags", &conf.by_flags, "Print a histogram for each set of request flags"),
	OPT_FLAG('e', "extension", &average, "Also print the average, the total and the count"),
	OPT_FLAG('j', "dictionary", &dictionary, "Print Python dictionaries, as BCC's -j does"),
	OPT_DISK,
	OPT_CONTAINER('c'),
	{ 0 },
};

static const struct col cols[] = {
	/* A command can be to a device that is not a disk. */
	{ COL("disk", 0, latency, v.disk), NONE("none"), HELP("Name of the disk, with -D"),
	  ONLY_IF('D') },
	{ COL_OF(request_kind_value, "flags", 0, latency, k.flags),
	  HELP("Kind of request, with -F: flags, then operation"), ONLY_IF('F') },
	{ COL("usecs", 0, latency, v.hist), HELP("Latency of the requests, in microseconds"),
	  ONLY_UNLESS('m') },
	{ COL("msecs", 0, latency, v.hist), HELP("Latency in milliseconds, with -m"),
	  ONLY_IF('m') },
	{ COL("total_ns", 0, latency, v.hist.sum), HELP("Sum of their latencies, in nanoseconds"),
	  JSON_ONLY },
	{ COL_OF(hist_values, "count", 0, latency, v.hist), HELP("Number of requests"), JSON_ONLY },
	{ 0 },
};

static void parsed(void)
{
	of_tasks = filter_is_set();
	from_queue = conf.queued && !of_tasks;
	from_issue = !conf.queued;
}

static void prepare(void *skel)
{
	if (conf.queued)
		block_prepare_flushes(skel);
	else
		block_prepare(skel);
	conf.alloc_time = conf.queued && kbtf_tracepoint_args("block_io_start") < 0;
	if (conf.by_flags) {
		request_kinds_init();
		conf.named_flags = request_kind_mask();
	}
}

static void begin(void)
{
	if (!dictionary)
		text("Tracing block device I/O... Hit Ctrl-C to end.\n");
}

static const char *unit(void)
{
	return given('m') ? "msecs" : "usecs";
}

static void row(struct rec r)
{
	const struct latency *l = r.p;
	const char *kind = request_kind(l->k.flags);

	total += l->v.hist.sum;
	count += hist_count(&l->v.hist);
	if (!dictionary) {
		record_print_hist(r);
		return;
	}
	hist_python_begin(&l->v.hist, unit());
	if (conf.by_disk)
		hist_python_key("disk", l->v.disk, strnlen(l->v.disk, DISK_NAME_LEN));
	if (conf.by_flags)
		hist_python_key("flags", kind, strlen(kind));
	text("}\n");
}

static void report_end(void)
{
	static const struct latency none;

	if (dictionary && !count && !conf.by_disk && !conf.by_flags)
		row((struct rec){ &none, sizeof(none) });
	else if (average && !dictionary && count)
		text("\navg = %llu %s, total: %llu %s, count: %llu\n\n", total / conf.unit / count,
		     unit(), total / conf.unit, unit(), count);
	total = count = 0;
}

static int compare(const void *a, const void *b)
{
	const struct latency *x = a, *y = b;

	return strncmp(x->v.disk, y->v.disk, DISK_NAME_LEN)
		       ?: request_kind_compare(x->k.flags, y->k.flags);
}

TOOL(biolatency, .summary = "Summarize block I/O latency as a histogram.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  biolatency            # one histogram, on Ctrl-C\n"
		 "  biolatency 1 10       # ten reports, one per second\n"
		 "  biolatency -mT 1      # in milliseconds, with the time\n"
		 "  biolatency -Q         # including the time that requests are queued\n"
		 "  biolatency -DF 5      # a histogram per disk and kind of request",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, ENTRIES("latencies", latency),
     .report = REPORT_HIST, .parsed = parsed, .prepare = prepare, .begin = begin, .row = row,
     .report_end = report_end, .compare = compare)
