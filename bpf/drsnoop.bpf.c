// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "drsnoop.h"
#include "lib/event.bpf.h"
#include "lib/kernel_mm.h"
#include "lib/task.bpf.h"
#include "lib/tracepoint.bpf.h"

const volatile struct conf conf;

/* A thread that reclaims. */
struct reclaim {
	u64 ts;
	u64 free_pages, file_pages;
	s32 order;
	u32 pad;
};
HASH(reclaims, u32, struct reclaim, 10240);

/* What CPUs have counted but not added yet is left out, so a sum can be below 0. */
static __always_inline u64 counter(u64 counters, u32 item)
{
	s64 n;

	if (!counters ||
	    bpf_probe_read_kernel(&n, sizeof(n), (void *)(counters + item * sizeof(n))))
		return PAGES_UNKNOWN;
	return n > 0 ? n : 0;
}

TRACEPOINT_IN_TASKS(mm_vmscan_direct_reclaim_begin, began)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 first = ctx[0], second = ctx[1];
	struct reclaim r = {};

	if (!task_wanted())
		return 0;
	/* Otherwise clang may choose an address in the context, which the verifier refuses. */
	asm volatile("" : "+r"(first), "+r"(second));
	r.order = conf.order_second ? second : first;
	if (conf.memory) {
		r.free_pages = counter(conf.zone_stats,
				       bpf_core_enum_value(enum zone_stat_item, NR_FREE_PAGES));
		r.file_pages = counter(conf.node_stats,
				       bpf_core_enum_value(enum node_stat_item, NR_FILE_PAGES));
	}
	r.ts = bpf_ktime_get_ns();
	map_put(&reclaims, &tid, &r);
	return 0;
}

TRACEPOINT_IN_TASKS(mm_vmscan_direct_reclaim_end, ended)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct reclaim *r = bpf_map_lookup_elem(&reclaims, &tid);
	struct reclaim_event *e;

	if (!r)
		return 0;
	e = event_new(struct reclaim_event);
	if (e) {
		event_begin(e);
		e->ns = e->ts - r->ts;
		e->pages = ctx[0];
		e->free_pages = r->free_pages;
		e->file_pages = r->file_pages;
		e->uid = bpf_get_current_uid_gid();
		e->order = r->order;
		event_send(e);
	}
	bpf_map_delete_elem(&reclaims, &tid);
	return 0;
}
