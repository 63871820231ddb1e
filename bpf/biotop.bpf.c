// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "biotop.h"
#include "lib/block.bpf.h"
#include "lib/probe.bpf.h"

TABLE(usages, struct usage_key, struct usage_value, 10240);
static struct usage_value none;

INFLIGHT_PROBES

TRACEPOINT(block_rq_complete, completed)
{
	struct request *rq = (void *)ctx[0];
	struct gendisk *disk = rq_disk(rq, typed);
	struct inflight *r = inflight_completed(rq, ctx[2], typed);
	struct usage_key key = {};
	struct usage_value *v;

	if (!r)
		return 0;
	key.major = ARG_READ(disk, major);
	key.minor = ARG_READ(disk, first_minor);
	key.op = request_op(rq, r->bytes, typed);
	if (r->begin) {
		key.pid = r->pid;
		__builtin_memcpy(key.comm, r->comm, sizeof(key.comm));
	}
	v = table_get(&usages, &key, &none);
	if (v) {
		if (!v->disk[0])
			disk_name(v->disk, disk);
		count_add(&v->requests, 1);
		count_add(&v->bytes, r->bytes);
		/* A flush is never issued; the kernel issues one of its own instead. */
		count_add(&v->ns, bpf_ktime_get_ns() - (r->issued ?: r->begin));
	}
	inflight_end(rq, r);
	return 0;
}
