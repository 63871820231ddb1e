// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bitesize.h"
#include "lib/block.bpf.h"
#include "lib/name_number.bpf.h"
#include "lib/probe.bpf.h"

ARRAY_TABLE(sizes, struct sizes, NAMES);
/* For tasks whose name has no number, because there are too many names. */
SPARSE_TABLE(more_sizes, char[COMM_LEN], struct hist, 8192);
static struct hist none;

/* Like inflight_begin(), without what we don't need. */
ON_QUEUED
{
	bool wanted = task_wanted();
	struct inflight *r = wanted ? inflight_get(rq) : inflight_find(rq);
	char comm[COMM_LEN] __attribute__((aligned(8)));

	if (r)
		r->begin = wanted;
	if (!r || !wanted)
		return 0;
	task_comm_key_typed(comm, typed);
	if (r->number && name_same(comm, r->comm))
		return 0;
	__builtin_memcpy(r->comm, comm, sizeof(comm));
	r->number = name_number(comm);
	return 0;
}

/*
 * We saw who made the request when it was queued, because another task often issues it.  We read its
 * size here, because since then other requests may have been merged into it.
 */
TRACEPOINT(block_rq_issue, issued)
{
	struct request *rq = rq_issued(ctx);
	struct inflight *r = inflight_of(rq, typed);
	u32 bytes = ARG_READ(rq, __data_len);
	struct sizes *s;

	/* Nobody made it: it is a flush of the kernel's own, or is issued again. */
	if (!r || !r->begin)
		return 0;
	r->begin = 0;
	if (!bytes || !disk_wanted(rq, ARG_READ(rq, __sector), typed))
		return 0;
	if (!r->number) {
		struct hist *h = table_get(&more_sizes, r->comm, &none);

		if (h)
			hist_add_exact(h, bytes / 1024, bytes);
		return 0;
	}
	s = table_at(&sizes, r->number);
	if (!s)
		return 0;
	if (!s->comm[0])
		__builtin_memcpy(s->comm, r->comm, sizeof(s->comm));
	hist_add_exact(&s->v, bytes / 1024, bytes);
	return 0;
}
