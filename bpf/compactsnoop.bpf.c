// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A zone is compacted from mm_compaction_begin to mm_compaction_end.  In between, the kernel asks at least once
 * whether it is done (mm_compaction_finished), and first of all right after the beginning.  All kernels tell
 * there which zone it is, and for which order.
 *
 * As in lib/tracepoint.bpf.h, the programs NAME_perf get records, from which we know the zone by its numbers, and
 * the others arguments.
 */
#include "compactsnoop.h"
#include "lib/event.bpf.h"
#include "lib/kernel_mm.h"
#include "lib/kernel_record.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

EVENT_SCRATCH(struct compact_event, 1);

/* A thread that compacts. */
struct compaction {
	u64 began;
	u64 min, low, high, free;
	s32 order, fragindex;
	u16 node, zone, sync, extended;
	u8 known; /* the zone */
	u8 pad[7];
};
HASH(compactions, u32, struct compaction, 10240);

/* ---- the state of a zone ---- */

static __always_inline u64 watermark(struct zone *z, u32 which)
{
	unsigned long n = 0;

	bpf_probe_read_kernel(&n, sizeof(n),
			      (void *)z + bpf_core_field_offset(z->_watermark) + which * sizeof(n));
	return n + BPF_CORE_READ(z, watermark_boost);
}

/*
 * Why is there no free block of this order?  Near 0: memory is short; near 1: what is free is in small pieces.
 * Below 0: there is one.  In thousandths, as in the kernel's file extfrag_index.
 */
static __always_inline s32 fragmentation(struct zone *z, u32 order)
{
	u32 orders = bpf_core_field_size(z->free_area) / bpf_core_type_size(struct free_area);
	u64 pages = 0, blocks = 0, wanted;

	if (order > 31)
		return FRAGINDEX_UNKNOWN;
	wanted = 1ULL << order;
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < 16; i++) {
		unsigned long n = 0;

		if (i >= orders)
			break;
		bpf_probe_read_kernel(&n, sizeof(n),
				      (void *)z + bpf_core_field_offset(z->free_area) +
					      i * bpf_core_type_size(struct free_area) +
					      bpf_core_field_offset(struct free_area, nr_free));
		if (n && i >= order)
			return -1000;
		blocks += n;
		pages += (u64)n << i;
	}
	if (!blocks)
		return 0;
	return 1000 - (1000 + pages * 1000 / wanted) / blocks;
}

static __always_inline void read_zone(struct compaction *c, struct zone *z)
{
	s64 free = 0;

	c->min = watermark(z, WMARK_MIN);
	c->low = watermark(z, WMARK_LOW);
	c->high = watermark(z, WMARK_HIGH);
	bpf_probe_read_kernel(&free, sizeof(free),
			      (void *)z + bpf_core_field_offset(z->vm_stat) +
				      bpf_core_enum_value(enum zone_stat_item, NR_FREE_PAGES) *
					      sizeof(free));
	c->free = free > 0 ? free : 0;
	c->fragindex = c->order < 0 ? FRAGINDEX_UNKNOWN : fragmentation(z, c->order);
	c->extended = 1;
}

static __always_inline struct zone *zone_at(u32 node, u32 zone)
{
	struct pglist_data *pgdat = NULL;

	if (!conf.nodes)
		return NULL;
	bpf_probe_read_kernel(&pgdat, sizeof(pgdat), (void *)conf.nodes + node * sizeof(pgdat));
	return pgdat ? (void *)pgdat + bpf_core_field_offset(pgdat->node_zones) +
			       zone * bpf_core_type_size(struct zone)
		     : NULL;
}

/* ---- a compaction ---- */

static __always_inline struct compaction *mine(void)
{
	u32 tid = bpf_get_current_pid_tgid();

	return bpf_map_lookup_elem(&compactions, &tid);
}

static __always_inline int begin(bool sync)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct compaction c = { .sync = sync };

	if (!task_wanted())
		return 0;
	c.began = bpf_ktime_get_ns();
	map_put(&compactions, &tid, &c);
	return 0;
}

static __always_inline void found(struct compaction *c, u32 node, u32 zone, s32 order,
				  struct zone *z)
{
	c->node = node;
	c->zone = zone;
	c->order = order;
	c->known = 1;
	if (conf.extended && z)
		read_zone(c, z);
}

static __always_inline int end(void *ctx, s32 status)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct compaction *c = mine();
	struct compact_event *e;
	long n = 0;

	if (!c)
		return 0;
	e = scratch_get(&scratch, 0);
	if (e && c->known) {
		event_begin(e);
		e->ns = e->ts - c->began;
		e->min = c->min;
		e->low = c->low;
		e->high = c->high;
		e->free = c->free;
		e->order = c->order;
		e->fragindex = c->fragindex;
		e->node = c->node;
		e->zone = conf.zones[c->zone & (COMPACT_NAMES - 1)];
		e->status = conf.results[status & (COMPACT_NAMES - 1)];
		e->sync = c->sync;
		e->extended = c->extended;
		if (conf.stack)
			n = bpf_get_stack(ctx, e->frames, sizeof(e->frames), 0);
		event_output_to(e, frames, n > 0 ? n : 0);
	}
	bpf_map_delete_elem(&compactions, &tid);
	return 0;
}

/*
 * An argument, by its index in older and in newer kernels.  The kernel refuses programs that may read more than there
 * is, and those where clang chooses an address in the context: the asm keeps the loads apart.
 */
#define EITHER(ctx, older, newer)                                \
	({                                                       \
		u64 __arg;                                       \
		if (conf.numbers) {                              \
			__arg = ctx[older];                      \
			asm volatile("" : "+r"(__arg) : "i"(1)); \
		} else {                                         \
			__arg = ctx[newer];                      \
			asm volatile("" : "+r"(__arg) : "i"(2)); \
		}                                                \
		__arg;                                           \
	})

SEC("?raw_tp/mm_compaction_begin") int began(u64 *ctx)
{
	return begin(EITHER(ctx, 4, 3));
}

SEC("?tp/compaction/mm_compaction_begin")
int began_perf(struct trace_event_raw_mm_compaction_begin *r)
{
	return begin(r->sync);
}

SEC("?raw_tp/mm_compaction_finished") int asked(u64 *ctx)
{
	struct compaction *c = mine();
	struct zone *z = (void *)ctx[0];
	struct pglist_data *pgdat;
	u64 at;

	if (!c || c->known)
		return 0;
	pgdat = BPF_CORE_READ(z, zone_pgdat);
	at = (u64)z - (u64)pgdat - bpf_core_field_offset(pgdat->node_zones);
	found(c, BPF_CORE_READ(pgdat, node_id), at / bpf_core_type_size(struct zone), ctx[1], z);
	return 0;
}

SEC("?tp/compaction/mm_compaction_finished")
int asked_perf(struct trace_event_raw_mm_compaction_suitable_template *r)
{
	struct compaction *c = mine();

	if (c && !c->known)
		found(c, r->nid, r->idx, r->order, zone_at(r->nid, r->idx));
	return 0;
}

SEC("?raw_tp/mm_compaction_end") int ended(u64 *ctx)
{
	return end(ctx, EITHER(ctx, 5, 4));
}

SEC("?tp/compaction/mm_compaction_end") int ended_perf(struct trace_event_raw_mm_compaction_end *r)
{
	return end(r, r->status);
}
