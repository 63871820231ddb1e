/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tables of how much each process sent and received between which addresses.  A tool's record is a map entry: a
 * struct flow_key, or a struct flow4_key, then the value v, which begins with a struct traffic.
 */
#pragma once
#include "net.h"

/* An IPv4 address is in the first four bytes.  All are in network order. */
struct flow_key {
	u32 laddr[4], raddr[4];
	u16 lport, rport;
	u32 pid;
	char comm[COMM_LEN];
	u64 family;
};

/* For IPv4.  It keeps together what the kernel does; a key of half the size is found in half the time. */
struct flow4_key {
	union {
		u64 addrs;
		struct {
			u32 raddr, laddr;
		};
	};
	union {
		u32 ports;
		struct {
			u16 rport; /* in network order */
			u16 lport;
		};
	};
	u32 pid;
	char comm[COMM_LEN];
};

/* Bytes. */
struct traffic {
	u64 sent, received;
};
