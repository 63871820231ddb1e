// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "softirqs.h"
#include "lib/irq_time.bpf.h"

PERCPU_ARRAY(softirqs, struct irq_time, SOFTIRQS);

TRACEPOINT(softirq_entry, entered)
{
	irq_begin((u32)ctx[0]);
	return 0;
}

TRACEPOINT(softirq_exit, left)
{
	u32 vector = ctx[0];
	u64 since = irq_end(vector);
	struct irq_time *t;

	if (!since)
		return 0;
	t = bpf_map_lookup_elem(&softirqs, &vector);
	if (t)
		irq_time_add(t, bpf_ktime_get_ns() - since);
	return 0;
}
