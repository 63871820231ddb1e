// SPDX-License-Identifier: BSD-2-Clause
/* cpuunclaimed: how much of the CPUs is idle while tasks wait.  After BCC's, by Brendan Gregg. */
#include "cpuunclaimed.h"
#include "cpuunclaimed.skel.h"
#include "domain/sched.h"
#include "kernel/sample.h"
#include "main/tool.h"
#include "output/print.h"
#include <err.h>
#include <linux/perf_event.h>

static struct conf conf;
static bool csv, full_csv;
static bool has_interval;
static u32 interval = 1, count;

static const struct opt opts[] = {
	OPT_FLAG('j', "csv", &csv, "Print each sample as comma-separated values"),
	OPT_FLAG('J', "fullcsv", &full_csv, "The same, with the time at which each CPU was seen"),
	{ 0 },
};

/* What the samples of a report add up to; but for SAMPLES, it is numbers of CPUs. */
static struct {
	u64 began, samples, cpus, busy, unclaimed;
} sums;
static u32 reports;

CELL(busy_percent, queues, value_percent(&kind_percent2, sums.busy, sums.cpus))
CELL(unclaimed_percent, queues, value_percent(&kind_percent2, sums.unclaimed, sums.cpus))
CELL(samples, queues, value_uint(sums.samples))

static const struct col cols[] = {
	{ COL_TIME(-8, queues), HELP("Time of the report, with -T"),
	  SHOW('T', "timestamp", "Print the time with each report") },
	{ COLF("%CPU", 0, busy_percent), KEY("cpu_percent"),
	  HELP("How much of all CPUs was used, as a percentage") },
	{ COLF("unclaimed idle", 0, unclaimed_percent), KEY("unclaimed_percent"),
	  HELP("How much of all CPUs was idle although a task waited for another one") },
	{ COLF("samples", 0, samples), HELP("How often all CPUs were looked at"), JSON_ONLY },
	{ 0 },
};

static int positional(unsigned int n, const char *arg)
{
	if (n == 0)
		interval = parse_u64(arg, "interval", 1, 99999999);
	else if (n == 1)
		count = parse_u64(arg, "count", 1, 99999999);
	has_interval = true;
	return n < 2;
}

static void parsed(void)
{
	csv |= full_csv;
	if (csv && run.json)
		usage_error("-j and -J exclude --json");
	if (csv && has_interval)
		usage_error("-j and -J print each sample, so they take no interval");
	if (count)
		run.duration = (u64)interval * count < NEVER ? interval * count : NEVER;
}

static void prepare(void *skel)
{
	(void)skel;
	rq_prepare();
	conf.cpus = libbpf_num_possible_cpus();
	if (conf.cpus > CPUS_MOST)
		errx(1, "there can be %u CPUs here; at most %u are known", conf.cpus, CPUS_MOST);
}

static void attach(void *skel)
{
	struct cpuunclaimed_bpf *s = skel;
	struct sampling how = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 99, .cpu = -1 };

	if (sample_attach(s->progs.sample, &how))
		sample_failed(&how);
}

static void begin(void)
{
	if (!csv) {
		text("Sampling run queues... Output every %u seconds. Hit Ctrl-C to end.\n",
		     interval);
		return;
	}
	text(given('T') ? "TIME,TIMESTAMP_ns" : "TIMESTAMP_ns");
	for (u32 i = 0; i < conf.cpus; i++)
		text(",CPU%u", i);
	for (u32 i = 0; i < conf.cpus && full_csv; i++)
		text(",OFFSET_ns_CPU%u", i);
	text("\n");
}

static void csv_row(const struct queues *q)
{
	if (given('T'))
		text("%s,", time_hms(q->ts));
	text("%llu", q->ts);
	for (u32 i = 0; i < q->cpus; i++)
		text(q->lengths[i] == CPU_ABSENT ? "," : ",%u", q->lengths[i]);
	for (u32 i = 0; i < q->cpus && full_csv; i++)
		text(",0");
	text("\n");
}

static void row(struct rec r)
{
	const struct queues *q = r.p;

	if (csv) {
		csv_row(q);
		return;
	}
	if (given('T'))
		text("%-8s ", time_hms(q->ts));
	text("%%CPU %6.2f%%, unclaimed idle %0.2f%%\n", 100.0 * sums.busy / sums.cpus,
	     100.0 * sums.unclaimed / sums.cpus);
}

static void add(const struct queues *q)
{
	u64 idle = 0, wait = 0;

	for (u32 i = 0; i < q->cpus; i++) {
		u16 n = q->lengths[i];

		if (n == CPU_ABSENT)
			continue;
		sums.cpus++;
		if (n) {
			sums.busy++;
			wait += n - 1;
		} else {
			idle++;
		}
	}
	sums.unclaimed += wait < idle ? wait : idle;
	sums.samples++;
}

static void report(const struct queues *q)
{
	if (!sums.cpus || (count && reports == count))
		return;
	reports++;
	record_row_at((struct rec){ q, sizeof(*q) }, q->ts);
	sums.samples = sums.cpus = sums.busy = sums.unclaimed = 0;
}

/* A sample belongs to the report of the interval that it is in. */
static bool keep(struct rec r)
{
	const struct queues *q = r.p;
	u64 ns = interval * 1000000000ull;

	if (r.len != sizeof(*q) + q->cpus * sizeof(q->lengths[0]))
		record_damaged();
	if (csv)
		return true;
	if (!sums.began)
		sums.began = run.began && run.began <= q->ts ? run.began : q->ts;
	if (q->ts - sums.began >= ns) {
		report(&(struct queues){ .ts = q->ts });
		sums.began += (q->ts - sums.began) / ns * ns;
	}
	add(q);
	return false;
}

/* The last interval, which may be shorter. */
static void end(void)
{
	if (!csv)
		report(&(struct queues){ .ts = time_mono() });
}

TOOL(cpuunclaimed, .summary = "Sample how much of the CPUs is idle while tasks wait.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  cpuunclaimed       # each second\n"
		 "  cpuunclaimed -T 5  # every 5 seconds, with the time\n"
		 "  cpuunclaimed 1 10  # ten reports\n"
		 "  cpuunclaimed -j    # all samples, as comma-separated values",
     CONF(conf), .rec_size = sizeof(struct queues), .rec_max = 1 << 14, .tail = { TAIL_BYTES },
     .opts = opts, .cols = cols, .positional = positional, .parsed = parsed, .prepare = prepare,
     .attach = attach, .begin = begin, .keep = keep, .row = row, .end = end)
