// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "biolatency.h"
#include "lib/block.bpf.h"
#include "lib/probe.bpf.h"

const volatile struct conf conf;

TABLE(latencies, struct latency_key, struct latency_value, 1024);
static struct latency_value none;

/* Since 6.5, for every request that comes from above; for some tasks' requests on every kernel. */
ON_QUEUED
{
	bool wanted = task_wanted();
	struct inflight *r = wanted ? inflight_get(rq) : inflight_find(rq);

	/* Remove an old value in any case: a request merged into another never completes. */
	if (r) {
		r->begin = wanted ? bpf_ktime_get_ns() : 0;
		r->issued = 0;
	}
	return 0;
}

/*
 * A request that is issued again (the device was busy, or did only part of it) starts again,
 * because in between it was in a queue. Often another task than the one that made a request
 * issues it.
 */
TRACEPOINT(block_rq_issue, issued)
{
	struct request *rq = rq_issued(ctx);
	u64 now = bpf_ktime_get_ns();
	struct inflight *r = task_filter_set() ? inflight_of(rq, typed) : inflight_get(rq);

	if (!r)
		return 0;
	if (!task_filter_set())
		r->begin = (conf.alloc_time ? ARG_READ(rq, start_time_ns) : 0) ?: now;
	else if (r->begin)
		r->issued = now;
	return 0;
}

/* When a request began, as the user chose; 0 if we did not see that, or the request has not ended. */
static __always_inline u64 began(struct request *rq, const bool typed)
{
	struct inflight *r;
	u64 ns = 0;

	/* Skip steps of a whole request: a flush before or after the data, or the data in between. */
	if (conf.queued && (ARG_READ(rq, rq_flags) & block.flush_sequence))
		return 0;
	r = task_filter_set() ? inflight_of(rq, typed) : inflight_find(rq);
	if (r && r->begin) {
		ns = task_filter_set() && !conf.queued ? r->issued : r->begin;
		inflight_end(rq, r);
	}
	/* A request that consists of flushes only is never issued itself. */
	if (!ns && conf.alloc_time && !task_filter_set())
		ns = ARG_READ(rq, start_time_ns);
	return ns;
}

/*
 * block_io_done (6.5) would come once per request, but not for queues that keep no statistics.
 * This tracepoint also fires for parts of a request: __data_len is what was left to do.
 */
TRACEPOINT(block_rq_complete, completed)
{
	struct request *rq = (void *)ctx[0];
	struct latency_key key = {};
	struct latency_value *v;
	u64 begin, ns;

	if ((u32)ctx[2] < ARG_READ(rq, __data_len))
		return 0;
	if (!disk_wanted(rq, ARG_READ(rq, __sector), typed))
		return 0;
	if (conf.by_disk)
		key.dev = disk_dev(rq_disk(rq, typed), typed);
	begin = began(rq, typed);
	if (!begin)
		return 0;
	ns = bpf_ktime_get_ns() - begin;
	if (conf.by_flags)
		key.flags = ARG_READ(rq, cmd_flags) & conf.named_flags;
	v = table_get(&latencies, &key, &none);
	if (!v)
		return 0;
	if (key.dev && !v->disk[0])
		bpf_probe_read_kernel_str(v->disk, sizeof(v->disk), rq_disk(rq, typed)->disk_name);
	hist_add_exact(&v->hist, ns / conf.unit, ns);
	return 0;
}
