/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

struct conf {
	bool results; /* tell how each attempt ended, not only that it began */
	bool count;   /* count attempts by their ends */
};

struct connect_event {
	u64 ts; /* when it began */
	u64 ns; /* with conf.results: how long until it ended */
	struct endpoints ends;
	u32 pid, uid;
	s32 result;
	char comm[COMM_LEN];
	u32 pad;
};

/* A row of --count: the key, followed by the value.  Local ports are 0. */
struct connect_count {
	struct endpoints key;
	struct {
		u64 connects;
	} v;
};
