// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel counts runs of all programs but those that replace a function of another.  Copies of the first two are
 * attached to their beginnings and ends (tools/bpftop.c), and become programs for that; as they are here, they only get
 * loaded.  With --counters, copies of the other two are attached to all programs.
 */
#include "bpftop.h"
#include "lib/map.bpf.h"
#include "lib/probe_id.bpf.h"

const volatile struct conf conf;

PERCPU_ARRAY(behinds, struct behind, BEHIND_MAX);

SEC("socket")
int behind_begins(void *ctx)
{
	u32 at = probe_id();
	struct behind *b = bpf_map_lookup_elem(&behinds, &at);

	if (b)
		b->began = bpf_ktime_get_ns();
	return 0;
}

SEC("socket")
int behind_ends(void *ctx)
{
	u32 at = probe_id();
	struct behind *b = bpf_map_lookup_elem(&behinds, &at);

	if (b && b->began) {
		b->runs++;
		b->ns += bpf_ktime_get_ns() - b->began;
		b->began = 0;
	}
	return 0;
}

PERCPU_ARRAY(counteds, struct counted, COUNTED_MAX);

/* Perf events: for each counter, one of each CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, u32);
	__type(value, u32);
} counters SEC(".maps");

static __always_inline bool counters_read(u64 *to)
{
	for (u32 i = 0; i < COUNTERS && i < conf.counters; i++) {
		struct bpf_perf_event_value v;

		if (bpf_perf_event_read_value(&counters, i * conf.cpus + bpf_get_smp_processor_id(),
					      &v, sizeof(v)))
			return false;
		to[i] = v.counter;
	}
	return true;
}

SEC("?raw_tp")
int counted_begins(void *ctx)
{
	u32 slot = probe_id();
	struct counted *c = bpf_map_lookup_elem(&counteds, &slot);

	if (c)
		c->began = counters_read(c->at);
	return 0;
}

SEC("?raw_tp")
int counted_ends(void *ctx)
{
	u32 slot = probe_id();
	u64 now[COUNTERS] = {};
	struct counted *c;

	/* Before all else, which is none of the program's */
	if (!counters_read(now))
		return 0;
	c = bpf_map_lookup_elem(&counteds, &slot);
	if (!c || !c->began)
		return 0;
	c->began = 0;
	c->runs++;
	for (u32 i = 0; i < COUNTERS; i++)
		c->sums[i] += now[i] - c->at[i];
	return 0;
}
