// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bitesize.h"
#include "lib/block.bpf.h"
#include "lib/probe.bpf.h"

TABLE(sizes, char[COMM_LEN], struct hist, 10240);
static struct hist none;

/* What inflight_begin() does, less what is not needed. */
ON_QUEUED
{
	bool wanted = task_wanted();
	struct inflight *r = wanted ? inflight_get(rq) : inflight_find(rq);

	if (r)
		r->begin = wanted;
	if (r && wanted)
		task_comm_key_typed(r->comm, typed);
	return 0;
}

/*
 * Whose request it is was seen when it was queued: it is often issued by another task.
 * Its size is seen here: in between others were merged into it.
 */
TRACEPOINT(block_rq_issue, issued)
{
	struct request *rq = rq_issued(ctx);
	struct inflight *r = inflight_of(rq, typed);
	u32 bytes = ARG_READ(rq, __data_len);
	struct hist *h;

	/* Nobody made it: a flush of the kernel's own, or it is issued again. */
	if (!r || !r->begin)
		return 0;
	r->begin = 0;
	if (!bytes || !disk_wanted(rq, ARG_READ(rq, __sector), typed))
		return 0;
	h = table_get(&sizes, r->comm, &none);
	if (h)
		hist_add_exact(h, bytes / 1024, bytes);
	return 0;
}
