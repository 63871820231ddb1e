// SPDX-License-Identifier: BSD-2-Clause
/* runqlen: how many tasks wait for each CPU, sampled.  After BCC's, by Brendan Gregg. */
#include "runqlen.h"
#include "domain/sched.h"
#include "kernel/sample.h"
#include "main/tool.h"
#include "output/hist.h"
#include "runqlen.skel.h"
#include <err.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

static bool occupancy, per_cpu, host;
static u32 hertz = 99;

/* What a report says about a CPU, or without -C about all of them. */
static struct queue {
	u64 *counts; /* of each length below N */
	u32 n;
	u64 samples, occupied;
} * queues;
static u32 n_queues;

static const struct opt opts[] = {
	OPT_TIMESTAMP('T'),
	OPT_FLAG('O', "runqocc", &occupancy,
		 "Print the share of the samples in which tasks waited, not how many"),
	OPT_FLAG('C', "cpus", &per_cpu, "Print each CPU by itself"),
	OPT_U32('f', "frequency", "HERTZ", &hertz, 1, 1000000,
		"Samples per second on each CPU (default: 99)"),
	OPT_FLAG('H', "host", &host,
		 "Count tasks of all cgroups; for compatibility, as it is always so"),
	{ 0 },
};

static struct queue *queue_of(struct rec r)
{
	return &queues[per_cpu ? ((const struct length *)r.p)->k.cpu : 0];
}

static struct value lengths(struct rec r)
{
	static struct hist_linear h;
	struct queue *q = queue_of(r);

	h = (struct hist_linear){ .counts = q->counts, .n = q->n };
	return hist_linear_value(&h);
}

static struct value occupied_percent(struct rec r)
{
	struct queue *q = queue_of(r);

	return value_percent(&kind_percent2, q->occupied, q->samples);
}

CELL(samples, length, value_uint(queue_of(r)->samples))
CELL(occupied, length, value_uint(queue_of(r)->occupied))

static const struct col cols[] = {
	{ COL("cpu", 0, length, k.cpu), HELP("Number of the CPU, with -C"), ONLY_IF('C') },
	{ COLF("runqlen", 0, lengths), HELP("How often each number of tasks waited for the CPU") },
	{ COLF("samples", 0, samples), HELP("Number of samples"), JSON_ONLY },
	{ COLF("occupied", 0, occupied), HELP("In how many of them tasks waited"), JSON_ONLY },
	{ COLF("occupied_percent", 0, occupied_percent), HELP("The same as a percentage"),
	  JSON_ONLY },
	{ 0 },
};

static void prepare(void *skel)
{
	struct runqlen_bpf *s = skel;
	u32 room = libbpf_num_possible_cpus() * 64;

	rq_prepare();
	if (room > bpf_map__max_entries(s->maps.lengths_first))
		bpf_map__set_max_entries(s->maps.lengths_first, room);
}

static void attach(void *skel)
{
	struct runqlen_bpf *s = skel;
	struct sampling how = { PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, hertz, .cpu = -1 };

	if (sample_attach(s->progs.sample, &how))
		sample_failed(&how);
}

/* The records of a report come here first. */
static char *merge(char *recs, size_t *n)
{
	(void)n;
	for (u32 i = 0; i < n_queues; i++)
		free(queues[i].counts);
	free(queues);
	queues = NULL;
	n_queues = 0;
	return recs;
}

static void *grown(void *array, u32 *n, u32 least, size_t size)
{
	if (least <= *n)
		return array;
	array = reallocarray(array, least, size);
	if (!array)
		err(1, NULL);
	memset((char *)array + *n * size, 0, (least - *n) * size);
	*n = least;
	return array;
}

/* The first record of each CPU stands for all of them. */
static bool keep(struct rec r)
{
	const struct length *l = r.p;
	u32 length = l->k.length < LENGTH_MOST ? l->k.length : LENGTH_MOST;
	struct queue *q;
	bool first;

	queues = grown(queues, &n_queues, per_cpu ? l->k.cpu + 1 : 1, sizeof(*queues));
	q = queue_of(r);
	first = !q->n;
	q->counts = grown(q->counts, &q->n, length + 1, sizeof(*q->counts));
	q->counts[length] += l->v;
	q->samples += l->v;
	q->occupied += length ? l->v : 0;
	return first;
}

static int by_cpu(const void *a, const void *b)
{
	const struct length *x = a, *y = b;

	return (x->k.cpu > y->k.cpu) - (x->k.cpu < y->k.cpu);
}

static void row(struct rec r)
{
	const struct length *l = r.p;
	struct queue *q = queue_of(r);
	double percent = q->samples ? 100.0 * q->occupied / q->samples : 0;

	if (occupancy && per_cpu) {
		text("runqocc, CPU %-3u %6.2f%%\n", l->k.cpu, percent);
	} else if (occupancy) {
		text("runqocc: %0.2f%%\n", percent);
	} else {
		if (per_cpu)
			text("\ncpu = %u\n", l->k.cpu);
		hist_linear_text(&(struct hist_linear){ .counts = q->counts, .n = q->n },
				 "runqlen");
	}
}

TOOL(runqlen, .summary = "Sample how many tasks wait for each CPU, as a histogram.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  runqlen          # until Ctrl-C\n"
		 "  runqlen -T 1 10  # ten reports, one per second\n"
		 "  runqlen -C       # each CPU by itself\n"
		 "  runqlen -OC 1    # how often tasks wait, as a percentage",
     .opts = opts, .cols = cols, ENTRIES("lengths", length), .report = REPORT_HIST,
     .compare = by_cpu, .prepare = prepare, .attach = attach, .merge = merge, .keep = keep,
     .row = row, .banner = "Sampling run queue length... Hit Ctrl-C to end.")
