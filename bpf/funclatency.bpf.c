// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "funclatency.h"
#include "lib/nested.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

TABLE(latencies, struct latency_key, struct hist, 10240);
/* Without sections: an array costs less than a hash. */
ARRAY_TABLE(all_latencies, struct hist, 1);
static struct hist none;

static __always_inline bool began(void *ctx, u32 func, u64 frame, u32 nargs)
{
	struct nested_call *c = task_wanted() ? nested_enter(func, frame) : NULL;

	if (c)
		c->began = bpf_ktime_get_ns();
	return c;
}

static __always_inline int ended(void *ctx, u32 func, u64 frame, u32 nargs)
{
	struct nested_leave l;
	struct nested_call *c = nested_leaving(func, frame, &l);
	u64 ns = bpf_ktime_get_ns(), began;
	struct latency_key key = { .func = func };
	struct hist *h;

	if (!c)
		return 0;
	began = c->began;
	nested_left(&l);
	ns = ns > began ? ns - began : 0;
	if (conf.by_pid)
		key.pid = task_pid();
	h = conf.by_func ? table_get(&latencies, &key, &none) : table_at(&all_latencies, 0);
	/* A division is 10 instructions. */
	if (h)
		hist_add_exact(h, conf.unit == 1 ? ns : ns / conf.unit, ns);
	return 0;
}

NESTED_PROGRAMS(began, ended)
