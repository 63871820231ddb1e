// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "softirqslower.h"
#include "lib/event.bpf.h"
#include "lib/irq_time.bpf.h"

const volatile struct conf conf;

/* Since when each of this CPU's soft interrupts is due; 0: it isn't. */
PERCPU_ARRAY(raised, u64, SOFTIRQS);

static __always_inline void slow(u32 stage, u32 vector, u64 ns)
{
	struct slow_event *e;

	if (ns < conf.min_ns || !(e = event_new(struct slow_event)))
		return;
	event_begin(e);
	e->ns = ns;
	e->stage = stage;
	e->vector = vector;
	e->cpu = bpf_get_smp_processor_id();
	e->pad = 0;
	event_send(e);
}

TRACEPOINT(softirq_raise, raise)
{
	u32 vector = ctx[0];
	u64 *since = bpf_map_lookup_elem(&raised, &vector);

	/* One that is due already is not raised once more. */
	if (since && !*since && irq_cpu_wanted())
		*since = bpf_ktime_get_ns();
	return 0;
}

TRACEPOINT(softirq_entry, entered)
{
	u32 vector = ctx[0];
	u64 *since = bpf_map_lookup_elem(&raised, &vector), now = irq_begin(vector), due;

	if (!since || !*since || !now)
		return 0;
	due = *since;
	*since = 0;
	slow(STAGE_WAIT, vector, now - due);
	return 0;
}

TRACEPOINT(softirq_exit, left)
{
	u32 vector = ctx[0];
	u64 since = irq_end(vector);

	if (since)
		slow(STAGE_RUN, vector, bpf_ktime_get_ns() - since);
	return 0;
}
