// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "criticalstat.h"
#include "lib/event.bpf.h"
#include "lib/task.bpf.h"
#include "lib/tracepoint.bpf.h"

const volatile struct conf conf;

/* The section that a CPU is in. */
struct section {
	u64 since; /* 0: in none */
	struct critical_place begin;
};
PERCPU_ARRAY(sections, struct section, 1);
EVENT_SCRATCH(struct critical_event, 1);

static __always_inline struct section *section_here(void)
{
	u32 first = 0;

	return bpf_map_lookup_elem(&sections, &first);
}

static __always_inline int begins(u64 *args)
{
	struct section *s = section_here();

	if (!s)
		return 0;
	s->begin.at = args[0];
	s->begin.caller = args[1];
	s->since = bpf_ktime_get_ns();
	return 0;
}

static __always_inline int ends(u64 *args)
{
	struct section *s = section_here();
	struct critical_event *e;
	u64 ns;
	s64 n;

	if (!s || !s->since)
		return 0;
	ns = bpf_ktime_get_ns() - s->since;
	s->since = 0;
	if (ns < conf.min_ns || !task_wanted() || !(e = scratch_get(&scratch, 0)))
		return 0;
	event_begin(e);
	e->ns = ns;
	e->begin = s->begin;
	e->end.at = args[0];
	e->end.caller = args[1];
	n = bpf_get_stack(args, e->frames, sizeof(e->frames), 0);
	return event_output_to(e, frames, n > 0 ? n : 0);
}

/*
 * Few kernels have these.  A section of this name, unlike raw_tp, is loaded without a look for the tracepoint, so
 * that the programs are tried on kernels without it, too.
 */
SEC("?raw_tracepoint/irq_disable") int irq_off(u64 *ctx)
{
	return begins(ctx);
}

SEC("?raw_tracepoint/irq_enable") int irq_on(u64 *ctx)
{
	return ends(ctx);
}

SEC("?raw_tracepoint/preempt_disable") int preempt_off(u64 *ctx)
{
	return begins(ctx);
}

SEC("?raw_tracepoint/preempt_enable") int preempt_on(u64 *ctx)
{
	return ends(ctx);
}

/* Nobody waits for a CPU that sleeps. */
TRACEPOINT(cpu_idle, idle)
{
	struct section *s = section_here();

	if (s)
		s->since = 0;
	return 0;
}
