/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool named; /* only programs whose names are in the map */
};

struct mptcp_event {
	u64 ts;
	u32 pid, tid;
	u32 family;
	u32 forced; /* else it would have been */
	char comm[COMM_LEN];
};
