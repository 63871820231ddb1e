/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

struct conf {
	bool failed; /* also trace calls that fail */
};

struct listen_event {
	u64 ts;
	struct endpoints ends;
	u32 pid, tid;
	s32 backlog;
	s32 result;   /* 0, or an errno */
	u32 protocol; /* IPPROTO_* */
	u32 pad;
	char comm[COMM_LEN];
};
