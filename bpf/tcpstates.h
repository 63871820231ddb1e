/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

struct state_event {
	u64 ts;
	u64 sk;       /* the socket's address in the kernel, which tells it from others */
	u64 ns;       /* in the old state; 0: not known */
	u32 old, new; /* enum tcp_state */
	struct endpoints ends;
	struct owner owner;
};
