// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "biostacks.h"
#include "lib/block.bpf.h"
#include "lib/probe.bpf.h"
#include "lib/stack.bpf.h"

const volatile struct conf conf;

TABLE(origins, struct origin_key, struct origin_value, 10240);
static struct origin_value none;

ON_QUEUED
{
	struct inflight *r = inflight_begin(rq, typed);

	if (r)
		r->stack = stack_id(ctx, 0);
	return 0;
}

TRACEPOINT(block_rq_complete, completed)
{
	struct request *rq = (void *)ctx[0];
	struct gendisk *disk = rq_disk(rq, typed);
	struct inflight *r = inflight_completed(rq, ctx[2], typed);
	struct origin_key key = {};
	struct origin_value *v;
	u64 ns;

	if (!r)
		return 0;
	ns = bpf_ktime_get_ns() - r->begin;
	key.pid = r->pid;
	key.dev = disk_dev(disk, typed);
	key.stack = r->stack;
	__builtin_memcpy(key.comm, r->comm, sizeof(key.comm));
	inflight_end(rq, r);
	v = table_get(&origins, &key, &none);
	if (!v)
		return 0;
	if (!v->disk[0])
		disk_name(v->disk, disk);
	hist_add_exact(&v->hist, ns / conf.unit, ns);
	return 0;
}
