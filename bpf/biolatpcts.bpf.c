// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "biolatpcts.h"
#include "lib/block.bpf.h"
#include "lib/probe.bpf.h"

const volatile struct conf conf;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, KINDS *FINE_SLOTS);
	__type(key, u32);
	__type(value, u64);
} latencies SEC(".maps");

static __always_inline int start(struct request *rq, u64 ns, u32 bytes)
{
	struct inflight *r = inflight_get(rq);

	if (r) {
		r->begin = ns;
		r->bytes = bytes;
	}
	return 0;
}

/* -w from-rq-alloc: when a thread asked for a request, for which it may have to wait. */
HASH(came, u32, u64, 16384);

KFUNC(blk_mq_submit_bio, (void *bio))
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 now = bpf_ktime_get_ns();

	map_put(&came, &tid, &now);
	return 0;
}

KFUNC_END(blk_mq_submit_bio) /* its result is gone since 5.16 */
{
	u32 tid = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&came, &tid);
	return 0;
}

ON_QUEUED
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 *ns = conf.which == FROM_ALLOC ? bpf_map_lookup_elem(&came, &tid) : NULL;

	return start(rq, ns ? *ns : bpf_ktime_get_ns(), queued_bytes(rq));
}

TRACEPOINT(block_rq_issue, issued)
{
	struct request *rq = rq_issued(ctx);

	return start(rq, bpf_ktime_get_ns(), ARG_READ(rq, __data_len));
}

TRACEPOINT(block_rq_complete, completed)
{
	struct request *rq = (void *)ctx[0];
	u32 bytes = ctx[2], kind, slot;
	struct inflight *r;
	u64 ns, *count;

	if (bytes < ARG_READ(rq, __data_len) || !disk_wanted(rq, ARG_READ(rq, __sector), typed))
		return 0;
	/* Skip steps of a whole request: a flush before or after the data, or the data in between. */
	if (conf.which != ON_DEVICE && (ARG_READ(rq, rq_flags) & block.flush_sequence))
		return 0;
	r = inflight_of(rq, typed);
	if (!r || !r->begin)
		return 0;
	ns = bpf_ktime_get_ns() - r->begin;
	kind = request_op(rq, r->bytes, typed);
	inflight_end(rq, r);
	if (kind >= KINDS)
		return 0;
	slot = kind * FINE_SLOTS + fine_slot(ns);
	count = bpf_map_lookup_elem(&latencies, &slot);
	if (count)
		count_add(count, 1);
	return 0;
}
