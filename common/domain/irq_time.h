/* SPDX-License-Identifier: BSD-2-Clause */
/* Tools that tell how long interrupts take: see bpf/lib/irq_time.bpf.h. */
#pragma once
#include "lib/irq_time.h"
#include "main/tool.h"
#include "output/hist.h"

extern struct irq_conf irq_conf;
/* By their numbers in the kernel. */
extern const char *const softirq_names[10];

#define OPT_IRQ_TIME                                                 \
	OPT_TIMESTAMP('T'),                                          \
		OPT_FLAG('N', "nanoseconds", &(bool){ 0 },           \
			 "Use nanoseconds instead of microseconds"), \
		OPT_FLAG('d', "distributed", &irq_conf.dist, "Print histograms instead of totals")
#define OPT_IRQ_CPU OPT_CALL('c', "cpu", "CPU", irq_cpu, "Trace only this CPU")

/* Instead of letters of options, as these columns depend on several. */
enum { IRQ_TOTAL_USECS = 1, IRQ_USECS, IRQ_NSECS };

/* TIME: the struct irq_time in struct TYPE. */
#define COLS_IRQ_TIME(type, time)                                                              \
	{ COL_AS(kind_us, "TOTAL_usecs", 11, type, time.hist.sum),                             \
	  HELP("Sum of the times, in microseconds"), .opt = IRQ_TOTAL_USECS,                   \
	  .flags = COL_TEXT_ONLY },                                                            \
		{ COL("TOTAL_nsecs", 11, type, time.hist.sum), KEY("total_ns"),                \
		  HELP("The same in nanoseconds; in text with -N"), WITH('N') },               \
		{ COL("TOTAL_count", 11, type, time.count), KEY("count"),                      \
		  HELP("Number of interrupts; in text with -C"), WITH('C') },                  \
		{ COL("usecs", 0, type, time.hist),                                            \
		  HELP("Histogram of the times in microseconds, with -d"), .opt = IRQ_USECS,   \
		  .flags = COL_ONLY_IF | COL_JSON_ONLY },                                      \
	{                                                                                      \
		COL("nsecs", 0, type, time.hist), HELP("The same with -d -N, in nanoseconds"), \
			.opt = IRQ_NSECS, .flags = COL_ONLY_IF | COL_JSON_ONLY                 \
	}

void irq_cpu(const char *arg);
/* For .parsed, .prepare, and .begin, which says "Tracing KIND irq event time...". */
void irq_parsed(void);
void irq_prepare(void *skel);
void irq_begin(const char *kind);
/* For .row, which only histograms need: "KIND = NAME", and the histogram. */
void irq_hist(const char *kind, const char *name, size_t len, const struct irq_time *);
/* For .compare: the most time first, or with -C the most interrupts. */
int irq_compare(const struct irq_time *, const struct irq_time *);
