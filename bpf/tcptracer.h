/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

enum trace_kind { TRACE_CONNECT, TRACE_ACCEPT, TRACE_CLOSE };

struct trace_event {
	u64 ts;
	struct endpoints ends;
	u32 pid, uid;
	u32 kind; /* enum trace_kind */
	u32 pad;
	char comm[COMM_LEN];
};
