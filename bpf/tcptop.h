/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/net.h"

/* An IPv4 address is in the first four bytes.  All are in network order. */
struct flow_key {
	u32 laddr[4], raddr[4];
	u16 lport, rport;
	u32 pid;
	char comm[COMM_LEN];
	u64 family;
};

/* One row: a map entry, the key followed by the value. */
struct flow {
	struct flow_key key;
	struct traffic {
		u64 sent, received;
	} v;
};

/* An IPv4 row.  It keeps together what the kernel does; a key of half the size is found in half the time. */
struct flow4 {
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
	} key;
	struct traffic v;
};
