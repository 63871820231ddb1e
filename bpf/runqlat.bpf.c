// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "lib/run_queue.bpf.h"
#include "lib/task_hist.bpf.h"

static __always_inline int ran(u64 *ctx, u64 ns, u64 now, const bool typed)
{
	(void)now;
	task_hist_add(SWITCH_NEXT, ns, typed);
	return 0;
}
