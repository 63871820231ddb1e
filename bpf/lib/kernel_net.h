/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of the tools that trace the network; see kernel.h. */
#pragma once
#include "kernel.h"

#define IPPROTO_TCP     6
#define IPPROTO_UDP     17
#define IPPROTO_UDPLITE 136
#define IPPROTO_MPTCP   262

/* Bits of inet_sock.inet_flags.  Their enum has no name. */
#define INET_FLAGS_FREEBIND             11
#define INET_FLAGS_TRANSPARENT          15
#define INET_FLAGS_BIND_ADDRESS_NO_PORT 18

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr {
	union {
		u32 u6_addr32[4];
	} in6_u;
};
struct net {
	struct ns_common ns;
};
struct sock_common {
	u32 skc_daddr, skc_rcv_saddr; /* of an AF_INET socket, in network order */
	u64 skc_addrpair;             /* both of these at once */
	u16 skc_dport;                /* in network order */
	u16 skc_num;                  /* local port, in host order; 0 once closed */
	u32 skc_portpair;             /* both of these at once */
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_reuse : 4, skc_reuseport : 1;
	int skc_bound_dev_if; /* an interface's index, or 0 */
	unsigned long skc_flags;
	struct {
		struct net *net;
	} skc_net;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr; /* of AF_INET6, also ::ffff:a.b.c.d */
};
struct sock {
	struct sock_common __sk_common;
	struct {
		int owned; /* a system call has locked the socket */
	} sk_lock;
	u16 sk_type, sk_protocol;
	int sk_err;
	struct {
		struct sk_buff *next; /* the first one, or this struct itself: there is none */
	} sk_receive_queue;
	u32 sk_ack_backlog, sk_max_ack_backlog; /* of a listener: connections to accept, at most */
	struct {
		int counter;
	} sk_drops;
	struct numa_drop_counters *sk_drop_counters; /* 6.18: instead, if not NULL */
};
struct numa_drop_counters {
	struct {
		int counter;
	} drops0, drops1;
};
struct inet_sock {
	struct sock sk;
	u16 inet_sport; /* local port, in network order; kept after close */
	/* One of these: before Linux 6.6, and since then. */
	u8 freebind : 1, transparent : 1, bind_address_no_port : 1;
	unsigned long inet_flags;
};
struct inet_connection_sock {
	u8 icsk_ca_state; /* of congestion control, TCP_CA_* */
};
struct tcp_sock {
	u64 bytes_acked,
		bytes_received; /* SYN and FIN count as a byte each, but not a SYN received */
	u32 snd_una, write_seq, rcv_nxt;
	u32 copied_seq; /* programs have read up to here */
	u32 srtt_us;    /* smoothed round-trip time, in eighths of a microsecond */
	bool is_mptcp;  /* it is one path of an MPTCP connection */
};
struct mptcp_sock {
	struct sock *first; /* its first path */
};
struct net_device {
	int ifindex;
	unsigned int real_num_rx_queues; /* as many as are in use */
	struct {
		struct net *net;
	} nd_net;
};
struct dst_entry {
	struct net_device *dev;
};
struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	u32 len;
	unsigned long _skb_refdst; /* a struct dst_entry *, and a flag in its lowest bit */
	unsigned char *head, *data;
	u32 tail;     /* where the data in one piece ends, from head; on 64-bit machines */
	u32 end;      /* where the struct skb_shared_info is, likewise */
	u16 protocol; /* in network order */
	u16 queue_mapping;
	u32 sender_cpu; /* one more than the CPU that sent it; of a packet received, 0 or above all CPUs */
	u16 network_header, transport_header;
	s64 tstamp;  /* when it came, CLOCK_REALTIME; 0: not known */
	int skb_iif; /* the index of the device that received it */
	/* Not 0: tstamp is not when it came, but when it is to leave.  From Linux 5.18 and 6.10 on. */
	u8 mono_delivery_time : 1, tstamp_type : 2;
	char cb[48];
	struct {
		struct {
			int counter;
		} refs;
	} users;
};
struct skb_shared_info {
	u16 gso_segs; /* how many packets it becomes, or was made from; 0 or 1: it is one */
};
/* Where a packet that is being made comes from, and where it goes; all in network order. */
union flowi_uli {
	struct {
		u16 dport, sport;
	} ports;
};
struct flowi4 {
	u32 saddr, daddr;
	union flowi_uli uli;
};
struct flowi6 {
	struct in6_addr daddr, saddr;
	union flowi_uli uli;
};
struct inet_cork {
	u16 gso_size; /* UDP_SEGMENT: the bytes of each datagram but the last; 0: it is one */
};
struct tcp_skb_cb {       /* in sk_buff.cb */
	u32 seq, end_seq; /* a SYN and a FIN count as a byte each */
	u8 tcp_flags;
};
struct socket {
	struct sock *sk;
};

/* The argument of getsockopt(TCP_ZEROCOPY_RECEIVE), in the kernel. */
struct tcp_zerocopy_receive {
	u32 length;
	s32 copybuf_len; /* 5.11, and late 5.10 */
};

#pragma clang attribute pop
