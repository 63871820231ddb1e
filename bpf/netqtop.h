/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	u32 ifindex, netns; /* the device */
	/* Queues that are counted: those to send, those to receive.  A number above is a loss. */
	u32 tx, rx;
	u32 cpus; /* that there can be */
};

#define PACKET_SIZES 5

struct packet_counts {
	u64 bytes;
	u64 sizes[PACKET_SIZES]; /* packets by size */
};

struct queue_packets {
	/*
	 * In BPF's map, AT is the queue to send, TX plus the one to receive, or TX + RX if it is not known which
	 * one received.
	 */
	struct {
		u32 at;
		/* The library's part: */
		u8 rx, known;   /* true or false */
		u8 first, last; /* of its direction in the report */
	} k;
	struct packet_counts v;
};
