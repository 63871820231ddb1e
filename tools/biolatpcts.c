// SPDX-License-Identifier: BSD-2-Clause
/* biolatpcts: percentiles of block I/O latency.  After BCC's, by Tejun Heo. */
#include "biolatpcts.h"
#include "biolatpcts.skel.h"
#include "block.h"
#include "table.h"
#include "tool.h"
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static struct conf conf = { .which = ON_DEVICE };
static const char *const whiches[] = { "from-rq-alloc", "after-rq-alloc", "on-device", NULL };
static bool from_alloc, queued, on_device, exit_at_once;
static const char *disk;

static char default_pcts[] = "1,5,10,16,25,50,75,84,90,95,99,100";
static struct pct {
	const char *text;
	double value;
} pcts[64];
static int n_pcts;

static u64 counts[KINDS][SLOTS]; /* of the current period */
static bool go_on;               /* with it after this report */

static const struct probe probes[] = {
	{ "threads that come for a request", { "blk_mq_submit_bio" }, .wanted = &from_alloc },
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

static void add_pct(const char *word)
{
	struct pct *p = &pcts[n_pcts++];
	char *end;

	if (n_pcts > 64)
		usage_error("pcts: more than 64 percentiles");
	p->text = strdup(word);
	p->value = strtod(word, &end);
	if (end == word || *end || !(p->value >= 0 && p->value <= 100))
		usage_error("pcts: '%s' is not a percentile, from 0 to 100", word);
}

static void set_pcts(const char *arg)
{
	n_pcts = 0;
	parse_words(arg, add_pct);
}

static const struct opt opts[] = {
	OPT_CALL('i', "interval", "SECONDS", set_interval,
		 "Report this often (default: 3); -1: at SIGUSR1 and SIGUSR2 only, 0: exit once it "
		 "works"),
	OPT_CHOICE(
		'w', "which", "FROM", &conf.which, whiches,
		"Measure from-rq-alloc (with the wait for a request), after-rq-alloc (queued) or "
		"on-device (issued; the default)"),
	OPT_CALL('p', "pcts", "PCT,...", set_pcts,
		 "Percentiles (default: 1,5,10,16,25,50,75,84,90,95,99,100)"),
	OPT_FLAG('j', "json", &run.json, "Print JSON Lines: one object for each report"),
	OPT_FLAG('v', "verbose", &run.verbose,
		 "Print the counters, too, and what libbpf and the verifier say"),
	{ 0 },
};

static u64 lowest(u32 slot)
{
	return slot < 32 ? slot : (32ull + slot % 32) << (slot / 32 - 1);
}

/*
 * The least latency that so many of the requests were not above: the middle of its slot.
 * False if there were none.
 */
static bool percentile(const u64 *count, double pct, u64 *ns)
{
	u64 total = 0, sum = 0;
	u32 slot = 0;

	for (u32 i = 0; i < SLOTS; i++)
		total += count[i];
	while (slot < SLOTS && (!count[slot] || (sum + count[slot]) * 100.0 < pct * total))
		sum += count[slot++];
	if (slot < SLOTS)
		*ns = (lowest(slot) + lowest(slot + 1) - 1) / 2;
	return slot < SLOTS;
}

static const char *const names[KINDS] = { "read", "write", "flush", "discard" };
static const int order[KINDS] = { READ, WRITE, DISCARD, FLUSH };

/* Of the kind that the column is called after. */
static const u64 *counts_of(const struct out *o)
{
	int kind = 0;

	while (strcmp(names[kind], out_col(o)->name))
		kind++;
	return counts[kind];
}

/* {"50":0.000123,...}: seconds. */
static void seconds(struct out *o, const void *rec)
{
	const u64 *count = counts_of(o);

	(void)rec;
	out_json_begin(o);
	for (int i = 0; i < n_pcts; i++) {
		u64 ns;

		text(i ? "," : "{");
		json_str(pcts[i].text, strlen(pcts[i].text));
		if (percentile(count, pcts[i].value, &ns))
			text(":%llu.%09llu", ns / 1000000000, ns % 1000000000);
		else
			text(":null");
	}
	text("}");
}

static void dev(struct out *o, const void *rec)
{
	(void)rec;
	out_str(o, disk);
}

/* The report is made: a new period begins. */
static void begin_period(void)
{
	if (!go_on)
		memset(counts, 0, sizeof(counts));
}

/* The last column. */
static void number(struct out *o, const void *rec)
{
	const char *sep = "{";

	(void)rec;
	out_json_begin(o);
	for (int i = 0; i < KINDS; i++) {
		u64 n = 0;

		for (u32 slot = 0; slot < SLOTS; slot++)
			n += counts[order[i]][slot];
		text("%s\"%s\":%llu", sep, names[order[i]], n);
		sep = ",";
	}
	text("}");
	begin_period();
}

#define ABOUT(what) \
	HELP("Percentiles of " what ": in text as s, ms or us; in JSON seconds by percentile")
static const struct col cols[] = {
	{ COLF("dev", 0, dev), HELP("The device"), JSON_ONLY },
	{ COLF("read", 0, seconds), ABOUT("reads") },
	{ COLF("write", 0, seconds), ABOUT("writes") },
	{ COLF("discard", 0, seconds), ABOUT("discards") },
	{ COLF("flush", 0, seconds), ABOUT("flushes") },
	{ COLF("count", 0, number), HELP("How many of each there were"), JSON_ONLY },
	{ 0 },
};

static void print_latency(char *to, size_t size, const u64 *count, double pct)
{
	u64 ns;

	if (!percentile(count, pct, &ns))
		snprintf(to, size, "-");
	else if (ns >= 1000000000)
		snprintf(to, size, "%.1fs", ns / 1e9);
	else if (ns > 10000000)
		snprintf(to, size, "%.0fms", ns / 1e6);
	else if (ns > 1000000)
		snprintf(to, size, "%.1fms", ns / 1e6);
	else
		snprintf(to, size, "%.0fus", ns / 1e3);
}

static int width(int i)
{
	int n = strlen(pcts[i].text);

	return n > 5 ? n : 5;
}

static void row(const void *rec)
{
	(void)rec;
	text("%-7s", disk);
	for (int i = 0; i < n_pcts; i++)
		text(" %5s", pcts[i].text);
	text("\n");
	for (int k = 0; k < KINDS; k++) {
		text("%-7s", names[order[k]]);
		for (int i = 0; i < n_pcts; i++) {
			char latency[32];

			print_latency(latency, sizeof(latency), counts[order[k]], pcts[i].value);
			text(" %*s", width(i), latency);
		}
		text("\n");
	}
	for (int k = 0; k < KINDS && run.verbose; k++)
		for (u32 slot = 0; slot < SLOTS; slot++)
			if (counts[order[k]][slot])
				text("%s: %llu ns to %llu ns: %llu\n", names[order[k]],
				     lowest(slot), lowest(slot + 1) - 1, counts[order[k]][slot]);
	begin_period();
}

static bool keep(const void *rec)
{
	const struct latency_count *c = rec;

	if (c->slot < KINDS * SLOTS)
		counts[c->slot / SLOTS][c->slot % SLOTS] += c->v;
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
	if (!n_pcts)
		parse_words(default_pcts, add_pct);
	from_alloc = conf.which == FROM_ALLOC;
	on_device = conf.which == ON_DEVICE;
	queued = !on_device;
}

static void prepare(void *skel)
{
	struct biolatpcts_bpf *s = skel;

	block_prepare(s->obj, queued);
}

static const struct trial trials[] = { { "requests", .find_args = some_disk }, { 0 } };

TOOL(biolatpcts, .summary = "Show percentiles of the latency of a block device.", .args = "DEVICE",
     .examples = "Examples:\n"
		 "  biolatpcts sda                   # every 3 seconds\n"
		 "  biolatpcts -i 1 -p 50,99,99.9 sda\n"
		 "  biolatpcts -w after-rq-alloc sda # with the time that requests were queued\n"
		 "  biolatpcts -i -1 sda             # at SIGUSR1, and at the end",
     CONF(conf), .probes = probes, .trials = trials, .exact = true, .opts = opts, .cols = cols,
     ENTRIES("latencies", latency_count), .report = REPORT_HIST, .interval = 3, .one_record = true,
     .positional = positional, .parsed = parsed, .prepare = prepare, .keep = keep, .row = row,
     .side_open = side_open, .side_read = side_read)
