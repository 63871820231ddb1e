// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "wqlat.h"
#include "lib/event.bpf.h"
#include "lib/tracepoint.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct workqueue_struct {
	char name[WQ_NAME];
};
struct pool_workqueue {
	struct workqueue_struct *wq;
};
struct work_struct {
	struct {
		long counter;
	} data;
};
#pragma clang attribute pop

#define WORK_PENDING 1 /* in a work's data: it is queued, or about to be */

const volatile struct conf conf;

TABLE(latencies, struct latency_key, struct latency_value, 1024);
static struct latency_value none;

struct queued {
	u64 since;  /* 0: it was executed */
	u64 before; /* since when it was queued the time before; 0: not known to be */
	struct workqueue_struct *wq;
};
/*
 * By the work's address.  Entries stay: most works are queued again.  One that was freed, or canceled, is never executed,
 * and drops out in time.
 */
LRU_HASH(works, u64, struct queued, 16384);

static __always_inline bool named(const char name[WQ_NAME])
{
	for (u32 i = 0; i < WQ_NAME / 8; i++)
		if (((const u64 *)name)[i] != ((const volatile u64 *)conf.name)[i])
			return false;
	return true;
}

static __always_inline void read_wq_name(char name[WQ_NAME], struct workqueue_struct *wq)
{
	__builtin_memset(name, 0, WQ_NAME);
	read_name(name, WQ_NAME, wq->name);
}

TRACEPOINT(workqueue_queue_work, queued)
{
	struct workqueue_struct *wq = ARG_READ((struct pool_workqueue *)ctx[1], wq);
	struct queued *q, first = { .wq = wq };
	u64 work = ctx[2];
	char name[WQ_NAME] __attribute__((aligned(8)));

	if (conf.has_name) {
		read_wq_name(name, wq);
		if (!named(name)) {
			bpf_map_delete_elem(&works, &work);
			return 0;
		}
	}
	q = bpf_map_lookup_elem(&works, &work);
	if (q) {
		q->before = q->since;
		q->since = bpf_ktime_get_ns();
		q->wq = wq;
	} else {
		first.since = bpf_ktime_get_ns();
		map_put(&works, &work, &first);
	}
	return 0;
}

/*
 * Just before this, the work's pending bit is cleared, and from then on it can be queued again.  If it is pending now and was
 * queued twice, the first time is the one that ends here.  Otherwise an earlier time was that of a work that was canceled.
 */
TRACEPOINT_IN_TASKS(workqueue_execute_start, started)
{
	u64 work = ctx[0], since, ns, now = bpf_ktime_get_ns();
	struct queued *q = bpf_map_lookup_elem(&works, &work);
	struct latency_key key = {};
	struct latency_value *v;

	if (!q)
		return 0;
	since = q->since;
	if (q->before && BPF_CORE_READ((struct work_struct *)work, data.counter) & WORK_PENDING)
		since = q->before;
	else
		q->since = 0;
	q->before = 0;
	if (!since)
		return 0;
	ns = since < now ? now - since : 0; /* another CPU's clock can be ahead */
	if (conf.by_queue)
		read_wq_name(key.name, q->wq);
	v = table_get(&latencies, &key, &none);
	if (v)
		hist_add_exact(&v->hist, ns / conf.unit, ns);
	return 0;
}
