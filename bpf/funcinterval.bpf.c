// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "funcinterval.h"
#include "lib/alone.bpf.h"
#include "lib/matches.bpf.h"

const volatile struct conf conf;

ARRAY_TABLE(intervals, struct hist, 1);

static u32 busy;
static u64 last; /* when the function was called */

/* Whichever probe it is. */
static __always_inline int hit(void *ctx, u32 id)
{
	u64 now, before;
	struct hist *h;

	/* The time is taken inside, or calls on two CPUs could come in the wrong order. */
	if (!hit_wanted() || !alone_begin(&busy))
		return 0;
	now = bpf_ktime_get_ns();
	before = last;
	last = now;
	alone_end(&busy);
	h = before ? table_at(&intervals, 0) : NULL;
	if (h)
		hist_add_exact(h, (now - before) / conf.unit, now - before);
	return 0;
}
