/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/irq_time.h"

enum stage { STAGE_WAIT, STAGE_RUN };

struct conf {
	u64 min_ns; /* show times of at least this */
};

struct slow_event {
	u64 ts, ns;
	u32 pid, tid; /* of the thread that has the CPU */
	u32 stage, vector, cpu, pad;
	char comm[COMM_LEN];
};
