/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

#define DROP_REASON_LEN 40

struct conf {
	/* Numbers of reasons, 0: this kernel has none. */
	u32 consumed;      /* the packet was used, not dropped */
	u32 not_specified; /* the kernel does not say which */
};

/* A reason's name without SKB_DROP_REASON_. */
struct drop_reason {
	char name[DROP_REASON_LEN];
};

struct drop_event {
	u64 ts;
	struct endpoints ends; /* local: the segment's source; remote: its destination */
	struct owner owner;    /* of the socket */
	u64 location;          /* the address in the kernel that freed the packet */
	u32 pid;               /* the process that ran */
	u32 code;
	struct drop_reason reason; /* empty: a number without a name, or no reasons */
	u8 has_code;
	u8 state; /* of the socket; 0: not known, or there is none */
	u8 flags; /* of the segment */
	u8 pad[5];
	u64 frames[EVENT_FRAMES];
};
