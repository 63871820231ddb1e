/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

struct accept_event {
	u64 ts;
	struct endpoints ends;
	u32 pid, tid;
	char comm[COMM_LEN];
};
