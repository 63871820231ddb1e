// SPDX-License-Identifier: BSD-2-Clause
/* llcstat: hits and misses of the processor's last cache, by process.  After BCC's, by Teng Qin. */
#include "llcstat.h"
#include "kernel/sample.h"
#include "llcstat.skel.h"
#include "main/tool.h"
#include <linux/perf_event.h>
#include <string.h>

static struct conf conf = { .period = 100 };

static const struct opt opts[] = {
	OPT_U32('c', "sample-period", "N", &conf.period, 1, 1 << 30,
		"Look at one in N events (default: 100)"),
	OPT_FLAG('t', "tid", &conf.threads, "Tell threads apart"),
	{ 0 },
};

/* Both are estimates, so there can be more misses than references. */
static u64 hits_of(const struct cache_counts *c)
{
	return c->references > c->misses ? c->references - c->misses : 0;
}

CELL(hit_percent, cache_use, value_percent(&kind_percent2, hits_of(&e->v), e->v.references))

static const struct col cols[] = {
	{ COL("PID", -8, cache_use, k.pid), HELP("Process ID") },
	{ COL("TID", -8, cache_use, k.tid), HELP("Thread ID, with -t"), ONLY_IF('t') },
	{ COL("NAME", -16, cache_use, k.comm), KEY("comm"), HELP("Name of the thread") },
	{ COL("CPU", -4, cache_use, k.cpu), HELP("Number of the CPU") },
	{ COL("REFERENCE", 12, cache_use, v.references), KEY("references"),
	  HELP("How often it asked the last cache") },
	{ COL("MISS", 12, cache_use, v.misses), KEY("misses"),
	  HELP("How often that had to ask the memory") },
	{ COLF("HIT%", 7, hit_percent), KEY("hit_percent"), HELP("What it had, as a percentage") },
	{ 0 },
};

static void parsed(void)
{
	if (!run.duration && !run.command)
		run.duration = 10;
}

static void attach(void *skel)
{
	struct llcstat_bpf *s = skel;
	struct sampling how = { PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES,
				.period = conf.period, .cpu = -1,
				.what = "references to the last cache" };

	if (sample_attach(s->progs.reference, &how))
		sample_failed(&how);
	how.config = PERF_COUNT_HW_CACHE_MISSES;
	how.what = "misses of the last cache";
	if (sample_attach(s->progs.miss, &how))
		sample_failed(&how);
}

static void begin(void)
{
	if (run.duration)
		text("Running for %u seconds or hit Ctrl-C to end.\n", run.duration);
	else
		text("Running until the command ends or hit Ctrl-C to end.\n");
}

static struct cache_counts total;

static bool keep(struct rec r)
{
	const struct cache_use *u = r.p;

	total.references += u->v.references;
	total.misses += u->v.misses;
	return true;
}

static void report_end(void)
{
	text("Total References: %llu Total Misses: %llu Hit Rate: %.2f%%\n", total.references,
	     total.misses, total.references ? 100.0 * hits_of(&total) / total.references : 0);
}

/* The most at the end, where a terminal's cursor is. */
static int by_references(const void *a, const void *b)
{
	const struct cache_use *x = a, *y = b;

	return (x->v.references > y->v.references) - (x->v.references < y->v.references)
		       ?: memcmp(&x->k, &y->k, sizeof(x->k));
}

TOOL(llcstat, .summary = "Count hits and misses of the processor's last cache, by process.",
     .args = "[DURATION]",
     .examples = "Examples:\n"
		 "  llcstat           # for 10 seconds\n"
		 "  llcstat -c 500 5  # one in 500 events, for 5 seconds\n"
		 "  llcstat -t        # each thread",
     CONF(conf), .opts = opts, .cols = cols, ENTRIES("uses", cache_use), .no_interval = true,
     .positional = positional_duration, .parsed = parsed, .attach = attach, .begin = begin,
     .keep = keep, .compare = by_references, .report_end = report_end)
