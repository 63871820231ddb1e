/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

struct conf {
	bool count;
};

enum retrans_type { RETRANSMIT, LOSS_PROBE };

struct retrans_event {
	u64 ts;
	struct endpoints ends;
	struct owner owner;
	u32 seq;
	u8 type, state;
	u16 pad;
};

/* A row of --count: the key, followed by the value. */
struct retrans_count {
	struct endpoints key;
	struct {
		u64 retransmits;
	} v;
};
