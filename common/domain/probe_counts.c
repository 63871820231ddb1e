// SPDX-License-Identifier: BSD-2-Clause
#include "domain/probe_counts.h"

struct value probe_counts_name(struct rec r)
{
	u32 id = ((const struct hits *)r.p)->id;

	return value_named(id < matches.n_names ? matches.names[id] : NULL, "[%u]", id);
}

int probe_counts_compare(const void *a, const void *b)
{
	const struct hits *x = a, *y = b;

	return x->v != y->v ? (x->v > y->v) - (x->v < y->v) : (x->id > y->id) - (x->id < y->id);
}

void probe_counts_prepare(void *skel)
{
	matches_prepare(skel);
	bpf_map__set_max_entries(bpf_object__find_map_by_name(((struct skel *)skel)->obj, "counts"),
				 matches.n_names);
}
