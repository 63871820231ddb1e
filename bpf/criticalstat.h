/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	u64 min_ns; /* show sections of at least this */
};

/* Where the kernel was: in a function, and what called it. */
struct critical_place {
	u64 at, caller;
};

struct critical_event {
	u64 ts, ns;
	struct critical_place begin, end;
	u32 pid, tid; /* of the thread that had the CPU at the end */
	char comm[COMM_LEN];
	u64 frames[EVENT_FRAMES];
};
