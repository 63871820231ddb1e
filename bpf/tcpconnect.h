/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

struct conf {
	bool results; /* tell how each attempt ended, not only that it began */
	bool count;   /* count attempts by their ends */
	bool dns;     /* pass on what DNS servers answer */
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

/* A DNS server's answer follows; of the head, only the time is set. */
struct dns_event {
	struct connect_event head;
	u8 dns[1232]; /* as much as servers send in one packet */
};

/* A row of --count: the key, followed by the value.  Local ports are 0. */
struct connect_count {
	struct endpoints key;
	struct {
		u64 connects;
	} v;
};
