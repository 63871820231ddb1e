// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "biopattern.h"
#include "lib/block.bpf.h"

TABLE(patterns, u64, struct pattern_value, 4096);
static struct pattern_value none;

/* Where the last request to each disk ended; kept when the table is reported. */
HASH(ends, u64, u64, 4096);

/* The number of requests that are only partly complete. */
u64 partial; /* not static, or clang would make it a byte, and its BTF would be wrong */

/* Is this a part of a request, and not its first? */
static __always_inline bool continues(struct request *rq, bool last)
{
	struct inflight *r;
	bool known;

	if (last && !partial)
		return false;
	r = last ? inflight_find(rq) : inflight_get(rq);
	known = r && r->begin;
	if (r && !last) {
		r->begin = 1;
		partial = 1;
	} else if (r) {
		r->begin = 0;
	}
	return known;
}

TRACEPOINT(block_rq_complete, completed)
{
	struct request *rq = (void *)ctx[0];
	struct gendisk *disk = rq_disk(rq, typed);
	u64 sector = ARG_READ(rq, __sector), *last, end, dev;
	u32 bytes = ctx[2];
	struct pattern_value *v;
	bool more;

	if (!bytes || !ARG_READ(rq, __data_len) || sector == NO_SECTOR ||
	    !disk_wanted(rq, sector, typed))
		return 0;
	end = sector + bytes / 512;
	dev = disk_dev(disk, typed);
	v = table_get(&patterns, &dev, &none);
	if (!v)
		return 0;
	if (!v->disk[0])
		disk_name(v->disk, disk);
	count_add(&v->bytes, bytes);
	more = continues(rq, bytes >= ARG_READ(rq, __data_len));
	last = bpf_map_lookup_elem(&ends, &dev);
	if (!more)
		count_add(!last ? &v->first : *last == sector ? &v->sequential : &v->random, 1);
	if (last)
		*last = end;
	else
		map_put(&ends, &dev, &end);
	return 0;
}
