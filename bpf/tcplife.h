/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

struct life_event {
	u64 ts;     /* when it ended */
	u64 ns;     /* how long it lived */
	u64 tx, rx; /* bytes of data that the other side acknowledged, and that it sent */
	struct endpoints ends;
	struct owner owner;
	s32 error; /* that the socket had at the end, or 0 */
	u32 old;   /* its last state, enum tcp_state */
};
