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

static __always_inline void irq_begin(u64 what)
{
	struct irq_begun *b;
	u32 zero = 0;

	if (irq_conf.one_cpu && bpf_get_smp_processor_id() != irq_conf.cpu)
		return;
	b = bpf_map_lookup_elem(&irq_begun, &zero);
	if (b) {
		b->what = what;
		b->since = bpf_ktime_get_ns();
	}
}

/* When it began; 0 if we didn't see that. */
static __always_inline u64 irq_end(u64 what)
{
	struct irq_begun *b;
	u32 zero = 0;
	u64 since;

	if (irq_conf.one_cpu && bpf_get_smp_processor_id() != irq_conf.cpu)
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
