// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel counts runs of all programs but those that replace a function of another.  Copies of these two are attached
 * to their beginnings and ends (tools/bpftop.c), and become programs for that; as they are here, they only get loaded.
 */
#include "bpftop.h"
#include "lib/map.bpf.h"
#include "lib/probe_id.bpf.h"

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
