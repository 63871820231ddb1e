/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

/* The kernel's numbers of the states of congestion control (TCP_CA_*). */
enum cong_state { CONG_OPEN, CONG_DISORDER, CONG_CWR, CONG_RECOVERY, CONG_LOSS, CONG_STATES };

struct conf {
	bool dist; /* histograms, not connections */
	u32 pad;
	u64 unit; /* ns, of the histograms */
};

/* How long a connection was in each state. */
struct cong {
	struct endpoints k;
	struct cong_times {
		u64 ns[CONG_STATES];
		u64 changes;
	} v;
};

/* How long connections stayed in one state. */
struct cong_hist {
	struct cong_key {
		u32 state, pad;
	} k;
	struct hist v; /* its sum is in ns */
};

/* A connection that has not ended. */
struct cong_conn {
	u64 since; /* in this state, CLOCK_MONOTONIC, ns; 0: since before tracing began */
	u32 state;
	u32 listed; /* it was in another state than open, and ENDS are known */
	struct endpoints ends;
};
