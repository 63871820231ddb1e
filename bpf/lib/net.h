/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets, as both halves of a tool see them. */
#pragma once
#include "types.h"

/*
 * The two ends of a socket.  Addresses are in network order, an IPv4 address in the first four bytes.
 * An IPv6 socket with IPv4-mapped addresses (::ffff:a.b.c.d) has FAMILY AF_INET, and IPv4 addresses.
 */
struct endpoints {
	u32 laddr[4], raddr[4];
	u16 lport, rport; /* 0: none */
	u32 family;
	u32 netns; /* the inode of its network namespace */
	u32 pad;
};

/*
 * The process that a socket belongs to: the one that last connected, accepted, shut down or closed
 * it.  All zero: not known.
 */
struct owner {
	u32 pid;
	bool known, wanted; /* wanted: the user's filters chose it */
	u16 pad;
	char comm[COMM_LEN];
};

/* Which sockets to trace.  All zero: every socket.  The library fills it from OPT_FAMILY ... (domain/net.h). */
struct net_filter {
	bool ipv4, ipv6;     /* only these */
	bool lports, rports; /* only those in the maps filter_lports, filter_rports */
	u32 netns;           /* only this network namespace, 0: all */
};

/* The kernel's numbers, which are part of its interface. */
enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT,
	TCP_SYN_RECV,
	TCP_FIN_WAIT1,
	TCP_FIN_WAIT2,
	TCP_TIME_WAIT,
	TCP_CLOSE,
	TCP_CLOSE_WAIT,
	TCP_LAST_ACK,
	TCP_LISTEN,
	TCP_CLOSING,
	TCP_NEW_SYN_RECV,
	TCP_STATES
};

/* How an attempt to connect ended: 0, an errno, or this: the program closed the socket first. */
#define CONNECT_CLOSED -1
