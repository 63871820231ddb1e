// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "funcinterval.h"
#include "lib/alone.bpf.h"
#include "lib/probe_id.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

ARRAY_TABLE(intervals, struct hist, 1);

static u32 busy;
static u64 last; /* when the function was called */

static __always_inline int hit(void)
{
	u64 now, before;
	struct hist *h;

	/* The time is taken inside, or calls on two CPUs could come in the wrong order. */
	if (!task_wanted() || !alone_begin(&busy))
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

SEC("?kprobe") int single(void *ctx)
{
	probe_id(); /* all probes are one */
	return hit();
}

SEC("?kprobe.multi") int multi(void *ctx)
{
	return hit();
}
