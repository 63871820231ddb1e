// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "biosnoop.h"
#include "lib/block.bpf.h"
#include "lib/event.bpf.h"
#include "lib/probe.bpf.h"

const volatile struct conf conf;

/* Where the last request to each disk ended, with -P. */
HASH(ends, u32, u64, 4096);

static __always_inline u8 pattern(u32 dev, const struct inflight *r)
{
	u64 end = r->sector + r->bytes / 512, *last;
	u8 result = UNKNOWN;

	if (!conf.pattern || !r->bytes || r->sector == NO_SECTOR)
		return UNKNOWN;
	last = bpf_map_lookup_elem(&ends, &dev);
	if (!last) {
		map_put(&ends, &dev, &end);
		return UNKNOWN;
	}
	result = *last == r->sector ? SEQUENTIAL : RANDOM;
	*last = end;
	return result;
}

INFLIGHT_PROBES

TRACEPOINT(block_rq_complete, completed)
{
	struct request *rq = (void *)ctx[0];
	struct gendisk *disk = rq_disk(rq, typed);
	struct inflight *r = inflight_completed(rq, ctx[2], typed);
	u64 now = bpf_ktime_get_ns(), issued;
	struct bio_event *e;
	u8 p;

	if (!r)
		return 0;
	p = pattern(disk_dev(disk, typed), r);
	issued =
		r->issued
			?: r->begin; /* a flush is never issued; the kernel issues one of its own instead */
	if (now - issued < conf.min_ns || !(e = event_new(struct bio_event)))
		goto out;
	e->ts = now;
	e->known = r->begin != 0;
	if (e->known) {
		e->queued_ns = issued - r->begin;
		e->pid = r->pid;
		__builtin_memcpy(e->comm, r->comm, sizeof(e->comm));
	} else {
		e->queued_ns = e->pid = 0;
		__builtin_memset(e->comm, 0, sizeof(e->comm));
	}
	e->device_ns = now - issued;
	e->sector = r->sector;
	e->bytes = r->bytes;
	e->flags = ARG_READ(rq, cmd_flags);
	e->op = request_op(rq, r->bytes, typed);
	e->dev = disk_dev(disk, typed);
	e->pattern = p;
	disk_name(e->disk, disk);
	event_send(e);
out:
	inflight_end(rq, r);
	return 0;
}
