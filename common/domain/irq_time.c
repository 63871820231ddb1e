// SPDX-License-Identifier: BSD-2-Clause
#include "domain/irq_time.h"
#include "base/object.h"
#include <err.h>
#include <stdio.h>
#include <unistd.h>

struct irq_conf irq_conf = { .unit = 1000 };

/* The numbers have not changed since 2016, and /proc/softirqs shows them in this order. */
const char *const softirq_names[10] = { "hi",       "timer",   "net_tx", "net_rx",  "block",
					"irq_poll", "tasklet", "sched",  "hrtimer", "rcu" };

void irq_cpu(const char *arg)
{
	irq_conf.one_cpu = true;
	irq_conf.cpu = parse_u64(arg, "cpu", 0, INT32_MAX);
}

void irq_parsed(void)
{
	if (given('C') && (irq_conf.dist || given('N')))
		usage_error("-C excludes -d and -N: it shows no times");
	if (given('N'))
		irq_conf.unit = 1;
	if (!given('N') && !given('C'))
		opt_imply(IRQ_TOTAL_USECS);
	if (irq_conf.dist)
		opt_imply(given('N') ? IRQ_NSECS : IRQ_USECS);
}

void irq_prepare(void *skel)
{
	struct irq_conf *c = bpf_rodata(((struct skel *)skel)->obj, "irq_conf", sizeof(*c));
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u", irq_conf.cpu);
	if (irq_conf.one_cpu && access(path, F_OK))
		errx(1, "there is no CPU %u", irq_conf.cpu);
	*c = irq_conf;
}

void irq_begin(const char *kind)
{
	text("Tracing %s irq %s... Hit Ctrl-C to end.\n", kind,
	     given('C') ? "events" : "event time");
}

void irq_hist(const char *kind, const char *name, size_t len, const struct irq_time *t)
{
	text("\n%s = ", kind);
	text_str(name, len);
	text("\n");
	hist_text(&t->hist, irq_conf.unit == 1 ? "nsecs" : "usecs");
}

int irq_compare(const struct irq_time *a, const struct irq_time *b)
{
	u64 x = given('C') ? a->count : a->hist.sum, y = given('C') ? b->count : b->hist.sum;

	return (x < y) - (x > y);
}
