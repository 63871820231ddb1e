// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fsdist.h"
#include "lib/latency.bpf.h"

const volatile struct conf conf;

TABLE(latencies, u64, struct hist, FS_OPS);
static struct hist none;

static __always_inline int add(u64 op, u64 ns)
{
	struct hist *h = table_get(&latencies, &op, &none);

	if (h)
		hist_add_exact(h, ns / conf.unit, ns);
	return 0;
}

/* The names stand for functions of the file system: common/fs.c. */
KFUNC_LATENCY(fs_read, (), long ret)
{
	return add(FS_READ, ns);
}

KFUNC_LATENCY(fs_write, (), long ret)
{
	return add(FS_WRITE, ns);
}

KFUNC_LATENCY(fs_open, (), int ret)
{
	return add(FS_OPEN, ns);
}

KFUNC_LATENCY(fs_open4, (), int ret)
{
	return add(FS_OPEN, ns);
}

KFUNC_LATENCY(fs_fsync, (), int ret)
{
	return add(FS_FSYNC, ns);
}

KFUNC_LATENCY(fs_getattr, (), int ret)
{
	return add(FS_GETATTR, ns);
}
