// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "biolatency.h"
#include "lib/kernel_block.h"
#include "lib/map.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

TABLE(latencies, struct latency_key, struct latency_value, 1024);
static struct latency_value none;

/*
 * When each request began, 0: not seen to begin.  The kernel uses the same few
 * requests again and again, so an entry stays when its request is done, and the next
 * time costs two lookups instead of an insertion, a lookup and a removal.  Only when
 * there are very many requests the entries of completed ones make room.
 */
#define STARTS 16384
HASH(starts, u64, u64, STARTS);
static u64 n_starts;

static __always_inline int start(struct request *rq, u64 ns)
{
	u64 key = (u64)rq, *begin = bpf_map_lookup_elem(&starts, &key);

	if (!task_wanted())
		ns = 0;
	/* An old value goes in any case: a request merged into another never completes. */
	if (begin)
		*begin = ns;
	else if (ns && map_put(&starts, &key, &ns))
		count_add(&n_starts, 1);
	return 0;
}

static __always_inline u64 take_start(struct request *rq)
{
	u64 key = (u64)rq, *begin = bpf_map_lookup_elem(&starts, &key), ns;

	if (!begin || !*begin)
		return 0;
	ns = *begin;
	*begin = 0;
	if (n_starts > STARTS / 2 && !bpf_map_delete_elem(&starts, &key))
		count_add(&n_starts, -1);
	return ns;
}

/* Since 6.5, for every request that comes from above. */
SEC("?tp_btf/block_io_start") int queued(u64 *ctx)
{
	return start((void *)ctx[0], bpf_ktime_get_ns());
}

/*
 * A request that is issued again (the device was busy, or did only a part of it) starts
 * again: its time in between was spent in a queue.
 */
SEC("?tp_btf/block_rq_issue") int issued(u64 *ctx)
{
	struct request *rq = rq_of(ctx, conf.rq_second);
	u64 now = bpf_ktime_get_ns();

	return start(rq, (conf.alloc_time ? rq->start_time_ns : 0) ?: now);
}

/* When a request began, as asked for; 0 if that was not seen, or it is not at its end. */
static __always_inline u64 began(struct request *rq)
{
	const volatile struct task_filter *f = &task_filter;
	u64 ns;

	/* A flush before or after the data, or the data between: only steps of the whole. */
	if (conf.queued && (rq->rq_flags & conf.flush_sequence))
		return 0;
	ns = take_start(rq);
	/* What consists of flushes only is never issued itself. */
	if (!ns && conf.alloc_time && !f->cgroup && !f->cgroupmap && !f->mntnsmap)
		ns = rq->start_time_ns;
	return ns;
}

/*
 * block_io_done (6.5) would be once a request, but is missing where a queue keeps no
 * statistics.  This one also tells of parts: __data_len is what was to be done yet.
 */
SEC("?tp_btf/block_rq_complete") int completed(u64 *ctx)
{
	struct request *rq = (void *)ctx[0];
	struct latency_key key = {};
	struct latency_value *v;
	u64 begin, ns;

	if ((u32)ctx[2] < rq->__data_len)
		return 0;
	if (conf.by_disk || conf.dev)
		key.dev = disk_dev(rq_disk(rq));
	if (conf.dev && conf.dev != key.dev)
		return 0;
	begin = began(rq);
	if (!begin)
		return 0;
	ns = bpf_ktime_get_ns() - begin;
	if (conf.by_flags)
		key.flags = rq->cmd_flags & conf.named_flags;
	v = table_get(&latencies, &key, &none);
	if (!v)
		return 0;
	if (key.dev && !v->disk[0])
		bpf_probe_read_kernel_str(v->disk, sizeof(v->disk), rq_disk(rq)->disk_name);
	hist_add_exact(&v->hist, ns / conf.unit, ns);
	return 0;
}
