// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "llcstat.h"
#include "lib/map.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

/* Samples come in an NMI, so the table must not allocate. */
TABLE(uses, struct cache_key, struct cache_counts, 10240);
static struct cache_counts none;

static __always_inline struct cache_counts *counts_here(void)
{
	u64 ids = task_ids();
	struct cache_key key = { .pid = ids >> 32, .cpu = bpf_get_smp_processor_id() };

	if (conf.threads)
		key.tid = ids;
	task_comm_key(key.comm);
	return table_get(&uses, &key, &none);
}

SEC("perf_event") int reference(void *ctx)
{
	struct cache_counts *c = counts_here();

	if (c)
		count_add(&c->references, conf.period);
	return 0;
}

SEC("perf_event") int miss(void *ctx)
{
	struct cache_counts *c = counts_here();

	if (c)
		count_add(&c->misses, conf.period);
	return 0;
}
