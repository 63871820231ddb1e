/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

struct conf {
	u64 min_ns;
};

struct pktlat_event {
	u64 ts;
	u64 ns;
	struct endpoints ends;
	u32 pid, tid;
	u32 bytes, pad;
	char comm[COMM_LEN];
};
