/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "irq_time.h"
#include "map.bpf.h"
#include "tracepoint.bpf.h"

const volatile struct irq_conf irq_conf;

/* The interrupt that this CPU handles, and since when. */
struct irq_begun {
	u64 since; /* 0: none that we saw begin */
	u64 what;
};
PERCPU_ARRAY(irq_begun, struct irq_begun, 1);

/* Did the user ask for this CPU? */
static __always_inline bool irq_cpu_wanted(void)
{
	return !irq_conf.one_cpu || bpf_get_smp_processor_id() == irq_conf.cpu;
}

/* The time; 0 if the user did not ask for this CPU. */
static __always_inline u64 irq_begin(u64 what)
{
	struct irq_begun *b;
	u32 zero = 0;

	if (!irq_cpu_wanted())
		return 0;
	b = bpf_map_lookup_elem(&irq_begun, &zero);
	if (!b)
		return 0;
	b->what = what;
	return b->since = bpf_ktime_get_ns();
}

/* When it began; 0 if we didn't see that. */
static __always_inline u64 irq_end(u64 what)
{
	struct irq_begun *b;
	u32 zero = 0;
	u64 since;

	if (!irq_cpu_wanted())
		return 0;
	b = bpf_map_lookup_elem(&irq_begun, &zero);
	if (!b || b->what != what)
		return 0;
	since = b->since;
	b->since = 0;
	return since;
}

static __always_inline void irq_time_add(struct irq_time *t, u64 ns)
{
	if (irq_conf.dist)
		count_add(&t->hist.slots[log2_u64(ns / irq_conf.unit) & (HIST_SLOTS - 1)], 1);
	count_add(&t->hist.sum, ns);
	count_add(&t->count, 1);
}
