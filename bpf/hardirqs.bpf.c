// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "hardirqs.h"
#include "lib/irq_time.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct irqaction {
	const char *name;
};
#pragma clang attribute pop

TABLE(hardirqs, u64, typeof(((struct hardirq *)0)->v), 1024);
static typeof(((struct hardirq *)0)->v) none;

TRACEPOINT(irq_handler_entry, entered)
{
	irq_begin(ctx[1]);
	return 0;
}

TRACEPOINT(irq_handler_exit, left)
{
	struct irqaction *action = (void *)ctx[1];
	u64 key = ctx[1], since = irq_end(key), now = bpf_ktime_get_ns();
	typeof(&none) v;

	/* It was not its device's interrupt, but another's with which it shares the number. */
	if (!since || !(int)ctx[2])
		return 0;
	v = table_get(&hardirqs, &key, &none);
	if (!v)
		return 0;
	if (!v->name[0])
		bpf_probe_read_kernel_str(v->name, sizeof(v->name), ARG_READ(action, name));
	irq_time_add(&v->time, now - since);
	return 0;
}
