// SPDX-License-Identifier: BSD-2-Clause
/* softirqs: how long soft interrupts take.  After BCC's, by Brendan Gregg and Sasha Goldshtein. */
#include "softirqs.h"
#include "domain/irq_time.h"
#include "softirqs.skel.h"

static void count_only(const char *arg)
{
	(void)arg;
	opt_imply('C');
}

static const struct opt opts[] = {
	OPT_IRQ_TIME,
	OPT_FLAG('C', "events", &(bool){ 0 }, "Show how many there were instead of the time"),
	OPT_CALL(0, "count", NULL, count_only, "The same as --events"),
	OPT_IRQ_CPU,
	{ 0 },
};

CELL(name, softirq, value_str(NAME_OF(softirq_names, e->vector)))

static const struct col cols[] = {
	{ COLF("SOFTIRQ", -16, name), FIELD(softirq, vector), HELP("Name of the soft interrupt") },
	COLS_IRQ_TIME(softirq, v),
	{ 0 },
};

static void begin(void)
{
	irq_begin("soft");
}

static void row(struct rec r)
{
	const struct softirq *s = r.p;
	const char *n = NAME_OF(softirq_names, s->vector);

	irq_hist("softirq", n, strlen(n), &s->v);
}

static int compare(const void *a, const void *b)
{
	const struct softirq *x = a, *y = b;

	return irq_compare(&x->v, &y->v) ?: (x->vector > y->vector) - (x->vector < y->vector);
}

TOOL(softirqs, .summary = "Summarize how long soft interrupts take.", .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  softirqs            # totals, on Ctrl-C\n"
		 "  softirqs 1 10       # ten reports, one per second\n"
		 "  softirqs -d         # as histograms\n"
		 "  softirqs -C -c 1    # how many there are on CPU 1\n"
		 "  softirqs -NT 1      # in nanoseconds, with the time",
     .opts = opts, .cols = cols, ENTRIES("softirqs", softirq), .lead = true, .parsed = irq_parsed,
     .prepare = irq_prepare, .begin = begin, .row = row, .row_if = &irq_conf.dist,
     .compare = compare)
