// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "numamove.h"
#include "lib/counts.bpf.h"
#include "lib/latency.bpf.h"

COUNTS(struct moves, counts_of_task)

static __always_inline int moved(u64 ns, bool failed)
{
	struct moves *m = counts_of_task();

	if (!m)
		return 0;
	count_add(&m->calls, 1);
	count_add(&m->failed, failed);
	count_add(&m->ns, ns);
	return 0;
}

/* Since 6.11 an error is negative; before, and for pages, the result is how many were moved. */
KFUNC_LATENCY(migrate_misplaced_folio, (), int ret)
{
	return moved(ns, ret < 0);
}

KFUNC_LATENCY(migrate_misplaced_page, (), int ret)
{
	return moved(ns, !ret);
}
