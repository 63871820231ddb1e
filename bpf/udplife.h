/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

enum { PEERS_NONE, PEERS_ONE, PEERS_SEVERAL };

struct udp_life_event {
	u64 ts;     /* when it ended */
	u64 ns;     /* how long it had a port */
	u64 tx, rx; /* bytes */
	u64 tx_datagrams, rx_datagrams;
	struct endpoints ends; /* the remote one only if there was a single peer */
	struct owner owner;
	u32 drops; /* datagrams that arrived, but did not get into the receive buffer */
	u32 peers;
};
