/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/lang.h"

struct conf {
	u64 min_ns;
};

enum { GC_PLAIN, GC_POOL, GC_PYTHON, GC_NODE, GC_MARK, GC_SWEEP };

struct gc_event {
	u64 ts; /* when it ended */
	u64 ns;
	u32 pid, tid;
	u32 kind, pad;
	/* Of GC_POOL: bytes when it began and when it ended.  Of GC_PYTHON and GC_NODE: the numbers that the probes tell. */
	s64 used[2], committed[2];
	char comm[COMM_LEN];
	char manager[64], pool[64]; /* of GC_POOL */
};
