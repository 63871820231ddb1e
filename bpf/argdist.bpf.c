// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "argdist.h"
#include "lib/alone.bpf.h"
#include "lib/gen.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

PERCPU_ARRAY(counters, u64, 1);

/* As TABLE() makes it, but the tool knows only when it runs how long a key is. */
struct rows_like {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(u64));
	__uint(value_size, sizeof(u64));
};
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__uint(key_size, sizeof(u64));
	__uint(value_size, sizeof(u64));
} rows_first SEC(".maps");
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, u32);
	__array(values, struct rows_like);
} rows SEC(".maps") = { .values = { (void *)&rows_first } };

/* Room for long keys.  A program can be preempted at a user probe, and run for another task on the same CPU. */
#define LONG_KEYS 4
struct long_key {
	u32 busy, pad;
	u64 words[ARGDIST_KEY_MOST / sizeof(u64)];
};
PERCPU_ARRAY(long_keys, struct long_key, LONG_KEYS);

static __always_inline void count_counter(void *ctx, struct gen_frame *f, u32 first, u32 n)
{
	u32 at = first;
	u64 v, *count;

	if (n > 1) {
		v = gen_values(ctx, f, NULL);
		if (!conf.step)
			at += log2_u64(v);
		else if (v / conf.step < ARGDIST_BUCKETS)
			at += v / conf.step;
		else
			at += ARGDIST_BUCKETS - 1;
	}
	count = bpf_map_lookup_elem(&counters, &at);
	if (count)
		count_add(count, 1);
}

static __always_inline void count_row(void *ctx, struct gen_frame *f, u64 *key)
{
	u64 zero = 0, *count;

	key[0] = gen_probe();
	gen_values(ctx, f, key + 1);
	count = table_get(&rows, key, &zero);
	if (count)
		count_add(count, 1);
}

static __always_inline void count_long_row(void *ctx, struct gen_frame *f)
{
	struct long_key *room;

#pragma clang loop unroll(disable)
	for (u32 i = 0; i < LONG_KEYS; i++) {
		u32 at = i;

		room = bpf_map_lookup_elem(&long_keys, &at);
		if (!room || !alone_try(&room->busy))
			continue;
		__builtin_memset(room->words, 0, sizeof(room->words));
		count_row(ctx, f, room->words);
		alone_end(&room->busy);
		return;
	}
	count_add(&loss.entries, 1);
}

static __always_inline int hit(void *ctx, struct gen_frame *f)
{
	u64 spec = gen_probe() % ARGDIST_SPECS; /* also before it gets its number */
	u32 n = conf.specs[spec].counters;

	if (!task_wanted())
		return 0;
	if (conf.ids)
		f->ids = task_ids();
	if (gen_filter(ctx, f, NULL)) {
		if (n) {
			count_counter(ctx, f, conf.specs[spec].first, n);
		} else if (conf.key_size > ARGDIST_KEY) {
			count_long_row(ctx, f);
		} else {
			u64 key[ARGDIST_KEY / sizeof(u64)] = {};

			count_row(ctx, f, key);
		}
	}
	if (f->faults)
		count_add(&gen_faults, f->faults);
	return 0;
}

#include "lib/gen_programs.bpf.h"
