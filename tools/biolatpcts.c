// SPDX-License-Identifier: BSD-2-Clause
/* biolatpcts: percentiles of block I/O latency.  After BCC's, by Tejun Heo. */
#include "biolatpcts.h"
#include "biolatpcts.skel.h"
#include "domain/block.h"
#include "main/tool.h"
#include "output/percentiles.h"
#include "output/table.h"
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static struct conf conf = { .which = ON_DEVICE };
static const char *const whiches[] = { "from-rq-alloc", "after-rq-alloc", "on-device", NULL };
static bool from_alloc, queued, on_device, exit_at_once;
static const char *disk;

/* In the order of the rows. */
static const struct kind {
	const char *name;
	u32 op;
} kinds[] = {
	{ "read", READ },
	{ "write", WRITE },
	{ "discard", DISCARD },
	{ "flush", FLUSH },
};
static u64 counts[KINDS][FINE_SLOTS]; /* of each op, in the current period */
static bool go_on;                    /* the period continues after this report */

static const struct probe probes[] = {
	{ "threads asking for a request", { "blk_mq_submit_bio" }, .wanted = &from_alloc },
	{ REQUESTS_QUEUED, .wanted = &queued },
	{ "requests being issued", { "issued" }, .wanted = &on_device },
	{ "requests being completed", { "completed" } },
	{ 0 },
};

static void set_interval(const char *arg)
{
	if (!strcmp(arg, "-1"))
		run.interval = 0;
	else
		run.interval = parse_u64(arg, "interval", 0, 99999999);
	exit_at_once = !strcmp(arg, "0");
}

static const struct opt opts[] = {
	OPT_CALL('i', "interval", "SECONDS", set_interval,
		 "Seconds between reports (default: 3); -1: report only on SIGUSR1 and SIGUSR2, 0: "
		 "exit once tracing works"),
	OPT_CHOICE('w', "which", "FROM", &conf.which, whiches,
		   "Measure from-rq-alloc (includes the wait for a request), after-rq-alloc (once "
		   "queued) or on-device (once issued; the default)"),
	OPT_PERCENTILES('p', "pcts"),
	OPT_FLAG('j', "json", &run.json, "Print JSON Lines: one object per report"),
	OPT_FLAG('v', "verbose", &run.verbose,
		 "Also print the counters, and messages from libbpf and the verifier"),
	{ 0 },
};

CELL(dev, latency_count, value_str(disk))
CELL(reads, latency_count, percentiles_value(counts[READ]))
CELL(writes, latency_count, percentiles_value(counts[WRITE]))
CELL(discards, latency_count, percentiles_value(counts[DISCARD]))
CELL(flushes, latency_count, percentiles_value(counts[FLUSH]))

static struct value number(struct rec r)
{
	static struct member members[KINDS + 1];

	(void)r;
	for (int i = 0; i < KINDS; i++)
		members[i] = (struct member){ kinds[i].name,
					      value_uint(fine_count(counts[kinds[i].op])) };
	return value_object(members);
}

#define ABOUT(what) \
	HELP("Latency percentiles of " what ", in s, ms or us (JSON: seconds by percentile)")
static const struct col cols[] = {
	{ COLF("dev", 0, dev), HELP("The device"), JSON_ONLY },
	{ COLF("read", 0, reads), ABOUT("reads") },
	{ COLF("write", 0, writes), ABOUT("writes") },
	{ COLF("discard", 0, discards), ABOUT("discards") },
	{ COLF("flush", 0, flushes), ABOUT("flushes") },
	{ COLF("count", 0, number), HELP("Number of each"), JSON_ONLY },
	{ 0 },
};

static void row(struct rec r)
{
	(void)r;
	percentiles_head(disk);
	for (int i = 0; i < KINDS; i++)
		percentiles_row(kinds[i].name, percentiles_value(counts[kinds[i].op]));
	for (int i = 0; i < KINDS && run.verbose; i++)
		fine_text(kinds[i].name, counts[kinds[i].op]);
}

/* The records of a report come here first.  It begins a new period, unless the last one is to go on. */
static char *merge(char *recs, size_t *n)
{
	static bool goes_on;

	(void)n;
	if (!goes_on)
		memset(counts, 0, sizeof(counts));
	goes_on = go_on;
	return recs;
}

static bool keep(struct rec r)
{
	const struct latency_count *c = r.p;

	if (c->slot < KINDS * FINE_SLOTS)
		counts[c->slot / FINE_SLOTS][c->slot % FINE_SLOTS] += c->v;
	return false;
}

/* SIGUSR1: report and begin a new period; SIGUSR2: only report. */
static int signals = -1;

static int side_open(void)
{
	sigset_t set;

	if (exit_at_once)
		exit(0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		err(1, "cannot wait for signals");
	return signals;
}

static void side_read(void)
{
	struct signalfd_siginfo si;

	while (read(signals, &si, sizeof(si)) == sizeof(si)) {
		go_on = si.ssi_signo == SIGUSR2;
		table_report();
		go_on = false;
	}
}

static int positional(unsigned int n, const char *arg)
{
	const char *slash = strrchr(arg, '/');

	if (n)
		return false;
	disk = slash ? slash + 1 : arg;
	disk_only(arg);
	return true;
}

static void parsed(void)
{
	if (!disk)
		usage_error("which device? Such as sda, /dev/sda or 8:0");
	percentiles_parsed();
	from_alloc = conf.which == FROM_ALLOC;
	on_device = conf.which == ON_DEVICE;
	queued = !on_device;
}

static void prepare(void *skel)
{
	if (queued)
		block_prepare_flushes(skel);
	else
		block_prepare(skel);
}

static const struct trial trials[] = { { "requests", .find_args = some_disk }, { 0 } };

TOOL(biolatpcts, .summary = "Show percentiles of the latency of a block device.", .args = "DEVICE",
     .examples =
	     "Examples:\n"
	     "  biolatpcts sda                   # every 3 seconds\n"
	     "  biolatpcts -i 1 -p 50,99,99.9 sda\n"
	     "  biolatpcts -w after-rq-alloc sda # including the time that requests are queued\n"
	     "  biolatpcts -i -1 sda             # on SIGUSR1, and at the end",
     CONF(conf), .probes = probes, .trials = trials, .opts = opts, .cols = cols,
     ENTRIES("latencies", latency_count), .report = REPORT_HIST, .interval = 3, .one_record = true,
     .positional = positional, .parsed = parsed, .prepare = prepare, .merge = merge, .keep = keep,
     .row = row, .side_open = side_open, .side_read = side_read)
