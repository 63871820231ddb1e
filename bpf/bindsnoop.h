/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

struct conf {
	bool failed; /* also trace calls that fail */
	bool count;  /* count binds by their addresses */
};

/* Options of the socket that matter to a bind, as bits. */
enum bind_option {
	BIND_FREEBIND = 1,
	BIND_TRANSPARENT = 2,
	BIND_NO_PORT = 4,
	BIND_REUSEADDR = 8,
	BIND_REUSEPORT = 16
};

struct bind_event {
	u64 ts;
	struct endpoints ends; /* if it failed, the local end is what the program asked for */
	u32 pid, tid, uid;
	s32 result;   /* 0, or an errno */
	u32 protocol; /* IPPROTO_* */
	u32 ifindex;  /* of the interface that the socket is bound to, or 0 */
	u32 options;  /* enum bind_option */
	u32 pad;
	char comm[COMM_LEN];
};

/* A row of --count: the key, followed by the value.  The remote end is 0. */
struct bind_count {
	struct endpoints key;
	struct {
		u64 binds;
	} v;
};
