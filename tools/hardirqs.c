// SPDX-License-Identifier: BSD-2-Clause
/* hardirqs: how long interrupts of devices take.  After BCC's, by Brendan Gregg and Hengqi Chen. */
#include "hardirqs.h"
#include "domain/irq_time.h"
#include "hardirqs.skel.h"
#include <stdlib.h>

static const struct opt opts[] = {
	OPT_IRQ_TIME,
	OPT_FLAG('C', "count", &(bool){ 0 }, "Show how many there were instead of the time"),
	OPT_IRQ_CPU,
	{ 0 },
};

static const struct col cols[] = {
	{ COL("HARDIRQ", -26, hardirq, v.name),
	  HELP("Name of the interrupt, after its device or driver") },
	COLS_IRQ_TIME(hardirq, v.time),
	{ 0 },
};

static void begin(void)
{
	irq_begin("hard");
}

static int by_name(const void *a, const void *b)
{
	const struct hardirq *x = a, *y = b;

	return strncmp(x->v.name, y->v.name, IRQ_NAME_LEN);
}

/* A driver can have several interrupts of one name. */
static char *merge(char *recs, size_t *n)
{
	struct hardirq *all = (void *)recs;
	size_t kept = 0;

	qsort(all, *n, sizeof(*all), by_name);
	for (size_t i = 0; i < *n; i++) {
		struct irq_time *t;

		if (!kept || by_name(&all[kept - 1], &all[i])) {
			all[kept++] = all[i];
			continue;
		}
		t = &all[kept - 1].v.time;
		t->count += all[i].v.time.count;
		t->hist.sum += all[i].v.time.hist.sum;
		for (int j = 0; j < HIST_SLOTS; j++)
			t->hist.slots[j] += all[i].v.time.hist.slots[j];
	}
	*n = kept;
	return recs;
}

static void row(struct rec r)
{
	const struct hardirq *h = r.p;

	irq_hist("hardirq", h->v.name, strnlen(h->v.name, IRQ_NAME_LEN), &h->v.time);
}

static int compare(const void *a, const void *b)
{
	const struct hardirq *x = a, *y = b;

	return irq_compare(&x->v.time, &y->v.time) ?: by_name(x, y);
}

TOOL(hardirqs, .summary = "Summarize how long interrupts of devices take.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  hardirqs            # totals, on Ctrl-C\n"
		 "  hardirqs 1 10       # ten reports, one per second\n"
		 "  hardirqs -d         # as histograms\n"
		 "  hardirqs -C -c 1    # how many there are on CPU 1\n"
		 "  hardirqs -NT 1      # in nanoseconds, with the time",
     .opts = opts, .cols = cols, ENTRIES("hardirqs", hardirq), .lead = true, .parsed = irq_parsed,
     .prepare = irq_prepare, .begin = begin, .merge = merge, .row = row, .row_if = &irq_conf.dist,
     .compare = compare)
