/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Maps, counters and histograms. */
#pragma once
#include "kernel.h"
#include "loss.bpf.h"

/* A hash table named NAME with at most N entries. */
#define HASH(name, ktype, vtype, n)              \
	struct {                                 \
		__uint(type, BPF_MAP_TYPE_HASH); \
		__uint(max_entries, n);          \
		__type(key, ktype);              \
		__type(value, vtype);            \
	} name SEC(".maps")

/* The same, allocated entry by entry: for large values, few at a time. */
#define SPARSE_HASH(name, ktype, vtype, n)            \
	struct {                                      \
		__uint(type, BPF_MAP_TYPE_HASH);      \
		__uint(map_flags, BPF_F_NO_PREALLOC); \
		__uint(max_entries, n);               \
		__type(key, ktype);                   \
		__type(value, vtype);                 \
	} name SEC(".maps")

/* The same as HASH, with one value per CPU: counters that no CPU shares. */
#define PERCPU_HASH(name, ktype, vtype, n)              \
	struct {                                        \
		__uint(type, BPF_MAP_TYPE_PERCPU_HASH); \
		__uint(max_entries, n);                 \
		__type(key, ktype);                     \
		__type(value, vtype);                   \
	} name SEC(".maps")

/* A hash table that, when full, drops the least recently used entry. */
#define LRU_HASH(name, ktype, vtype, n)              \
	struct {                                     \
		__uint(type, BPF_MAP_TYPE_LRU_HASH); \
		__uint(max_entries, n);              \
		__type(key, ktype);                  \
		__type(value, vtype);                \
	} name SEC(".maps")

/* An array with one value per CPU.  The tool can change N before loading. */
#define PERCPU_ARRAY(name, vtype, n)                     \
	struct {                                         \
		__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); \
		__uint(max_entries, n);                  \
		__type(key, u32);                        \
		__type(value, vtype);                    \
	} name SEC(".maps")

/*
 * Atomic addition without a result: atomic instructions that return
 * the old value need 5.12.
 */
#define count_add(p, n) ((void)__sync_fetch_and_add(p, n))

/* Put a value under a key.  False, and counted as a loss, if the map is full. */
#define map_put(map, key, value)                                            \
	({                                                                  \
		bool __ok = !bpf_map_update_elem(map, key, value, BPF_ANY); \
		if (!__ok)                                                  \
			count_add(&loss.entries, 1);                        \
		__ok;                                                       \
	})

/*
 * The value of a key, created as *zero if there is none.  NULL, and counted as a
 * loss, if the map is full.
 */
#define map_get(map, key, zero)                                           \
	({                                                                \
		typeof(zero) __v = bpf_map_lookup_elem(map, key);         \
		if (!__v) {                                               \
			bpf_map_update_elem(map, key, zero, BPF_NOEXIST); \
			__v = bpf_map_lookup_elem(map, key);              \
			if (!__v)                                         \
				count_add(&loss.entries, 1);              \
		}                                                         \
		__v;                                                      \
	})

/* The position of the highest set bit; 0 for 0. */
static __always_inline u32 log2_u64(u64 v)
{
	u32 r = 0;

	if (v >> 32) {
		v >>= 32;
		r += 32;
	}
	if (v >> 16) {
		v >>= 16;
		r += 16;
	}
	if (v >> 8) {
		v >>= 8;
		r += 8;
	}
	if (v >> 4) {
		v >>= 4;
		r += 4;
	}
	if (v >> 2) {
		v >>= 2;
		r += 2;
	}
	return r + (v >> 1);
}

/* Which of FINE_SLOTS counts V. */
static __always_inline u32 fine_slot(u64 v)
{
	u32 top = log2_u64(v), slot;

	if (top < 5)
		return v;
	slot = (top - 4) * 32 + ((v >> (top - 5)) & 31);
	return slot < FINE_SLOTS ? slot : FINE_SLOTS - 1;
}

/* Count V, and add EXACT, the same in a finer unit, to the sum. */
static __always_inline void hist_add_exact(struct hist *h, u64 v, u64 exact)
{
	count_add(&h->slots[log2_u64(v) & (HIST_SLOTS - 1)], 1);
	count_add(&h->sum, exact);
}

static __always_inline void hist_add(struct hist *h, u64 v)
{
	hist_add_exact(h, v, v);
}

/*
 * A table that the library reports and empties while programs fill it, without
 * losing updates: a slot holds a hash, which is exchanged for an empty one (common/output/table.c).
 */
#define TABLE(name, ktype, vtype, n) TABLE_OF(name, BPF_MAP_TYPE_HASH, ktype, vtype, n, 1, 0)
/* The same, allocated entry by entry: for a table that can become large, but seldom does. */
#define SPARSE_TABLE(name, ktype, vtype, n) \
	TABLE_OF(name, BPF_MAP_TYPE_HASH, ktype, vtype, n, 1, BPF_F_NO_PREALLOC)
/* LIKE_N: max_entries of the template map with which libbpf describes the inner map, and then closes. */
#define TABLE_OF(name, map_type, ktype, vtype, n, like_n, flags) \
	struct {                                                 \
		__uint(type, map_type);                          \
		__uint(map_flags, flags);                        \
		__uint(max_entries, n);                          \
		__type(key, ktype);                              \
		__type(value, vtype);                            \
	} name##_first SEC(".maps");                             \
	struct name##_like {                                     \
		__uint(type, map_type);                          \
		__uint(map_flags, flags);                        \
		__uint(max_entries, like_n);                     \
		__type(key, ktype);                              \
		__type(value, vtype);                            \
	};                                                       \
	struct {                                                 \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);        \
		__uint(max_entries, 1);                          \
		__type(key, u32);                                \
		__array(values, struct name##_like);             \
	} name SEC(".maps") = { .values = { (void *)&name##_first } }

/* Like map_get(), for a TABLE. */
#define table_get(table, key, zero)                                            \
	({                                                                     \
		u32 __slot = 0;                                                \
		void *__hash = bpf_map_lookup_elem(table, &__slot);            \
		typeof(zero) __t = __hash ? map_get(__hash, key, zero) : NULL; \
		__t;                                                           \
	})

/* The value of a key in a TABLE, or NULL if there is none. */
#define table_find(table, key)                                      \
	({                                                          \
		u32 __slot = 0;                                     \
		void *__hash = bpf_map_lookup_elem(table, &__slot); \
		__hash ? bpf_map_lookup_elem(__hash, key) : NULL;   \
	})

/* A TABLE that is an array, for small numbers as keys.  Its records are the values that are not all zero. */
#define ARRAY_TABLE(name, vtype, n) TABLE_OF(name, BPF_MAP_TYPE_ARRAY, u32, vtype, n, n, 0)

/* The value at an index of an ARRAY_TABLE, or NULL if the index is too large. */
#define table_at(table, number)                                       \
	({                                                            \
		u32 __slot = 0, __at = number;                        \
		void *__array = bpf_map_lookup_elem(table, &__slot);  \
		__array ? bpf_map_lookup_elem(__array, &__at) : NULL; \
	})
