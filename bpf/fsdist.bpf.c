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

/* The names are stand-ins for the file system's functions: see common/domain/fs.c. */
#define OPERATION(function, type, op)         \
	KFUNC_LATENCY(function, (), type ret) \
	{                                     \
		return add(op, ns);           \
	}

OPERATION(fs_read, long, FS_READ)
OPERATION(fs_write, long, FS_WRITE)
OPERATION(fs_open, int, FS_OPEN)
OPERATION(fs_open4, int, FS_OPEN)
OPERATION(fs_fsync, int, FS_FSYNC)
OPERATION(fs_getattr, int, FS_GETATTR)
