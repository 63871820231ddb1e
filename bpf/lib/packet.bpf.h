/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Packets (struct sk_buff): what their headers say, and whose they are. */
#pragma once
#include "net.bpf.h"

#define ETH_P_IP    0x0800
#define ETH_P_IPV6  0x86dd
#define SOCK_STREAM 1
#define TCP_FIN     1
#define NO_HEADER   0xffff /* in sk_buff.transport_header */

/* As they are in the packet. */
struct ip4_packet {
	u8 version_len, tos;
	u16 tot_len, id, frag_off;
	u8 ttl, protocol;
	u16 check;
	u32 saddr, daddr;
};
struct ip6_packet {
	u8 version, flow[3];
	u16 payload_len;
	u8 nexthdr, hop_limit;
	u32 saddr[4], daddr[4];
};
struct ip6_more { /* an extension header */
	u8 nexthdr, len;
	u16 frag_off; /* of a fragment header */
};
struct tcp_packet {
	u16 source, dest;
	u32 seq, ack_seq;
	u8 offset, flags;
};
struct udp_packet {
	u16 source, dest, len, check;
};

#define IP6_HOP_BY_HOP 0
#define IP6_ROUTING    43
#define IP6_FRAGMENT   44
#define IP6_AUTH       51
#define IP6_DEST       60
#define IP6_EXTENSIONS 4 /* at most so many are passed over */

/* Where the TCP header begins, from the IPv6 header; 0 if there is none. */
static __always_inline u32 ip6_tcp_offset(const void *ip, u8 next)
{
	struct ip6_more more;
	u32 at = sizeof(struct ip6_packet);

#pragma unroll
	for (int i = 0; i < IP6_EXTENSIONS; i++) {
		if (next == IPPROTO_TCP)
			return at;
		if (next != IP6_HOP_BY_HOP && next != IP6_ROUTING && next != IP6_FRAGMENT &&
		    next != IP6_AUTH && next != IP6_DEST)
			return 0;
		if (bpf_probe_read_kernel(&more, sizeof(more), ip + at))
			return 0;
		if (next == IP6_FRAGMENT && more.frag_off & bpf_htons(0xfff8))
			return 0; /* not the first one: it has no TCP header */
		at += next == IP6_FRAGMENT ? 8
		      : next == IP6_AUTH   ? (more.len + 2) * 4
					   : (more.len + 1) * 8;
		next = more.nexthdr;
	}
	return next == IPPROTO_TCP ? at : 0;
}

/*
 * If the packet is a TCP segment whose headers are in place: its source as *E's local end, its
 * destination as the remote one (not the network namespace), and its flags.  False if it is anything
 * else, or a fragment without a TCP header.
 */
static __always_inline bool packet_tcp(struct sk_buff *skb, u16 protocol, struct endpoints *e,
				       u8 *flags)
{
	u16 at = BPF_CORE_READ(skb, network_header);
	void *ip = BPF_CORE_READ(skb, head) + at, *tcp;
	u32 room = BPF_CORE_READ(skb, tail) - at, off;
	struct tcp_packet t;
	union {
		struct ip4_packet v4;
		struct ip6_packet v6;
	} h;

	if (!at || room > 0xffff)
		return false;
	if (protocol == bpf_htons(ETH_P_IP)) {
		if (room < sizeof(h.v4) || bpf_probe_read_kernel(&h.v4, sizeof(h.v4), ip))
			return false;
		off = (h.v4.version_len & 15) * 4;
		if (h.v4.version_len >> 4 != 4 || off < sizeof(h.v4) ||
		    h.v4.protocol != IPPROTO_TCP || h.v4.frag_off & bpf_htons(0x1fff))
			return false;
		e->family = AF_INET;
		addr4_put(e->laddr, h.v4.saddr);
		addr4_put(e->raddr, h.v4.daddr);
	} else {
		if (room < sizeof(h.v6) || bpf_probe_read_kernel(&h.v6, sizeof(h.v6), ip))
			return false;
		off = ip6_tcp_offset(ip, h.v6.nexthdr);
		if (h.v6.version >> 4 != 6 || !off)
			return false;
		e->family = AF_INET6;
		__builtin_memcpy(e->laddr, h.v6.saddr, sizeof(e->laddr));
		__builtin_memcpy(e->raddr, h.v6.daddr, sizeof(e->raddr));
	}
	tcp = ip + off;
	if (room < off + sizeof(t) || bpf_probe_read_kernel(&t, sizeof(t), tcp))
		return false;
	e->lport = bpf_ntohs(t.source);
	e->rport = bpf_ntohs(t.dest);
	*flags = t.flags;
	return true;
}

/* The flags of a segment that has a TCP header, but no IP header yet. */
static __always_inline u8 packet_tcp_flags(struct sk_buff *skb)
{
	u16 at = BPF_CORE_READ(skb, transport_header);
	struct tcp_packet t = {};

	if (at && at != NO_HEADER)
		bpf_probe_read_kernel(&t, sizeof(t), BPF_CORE_READ(skb, head) + at);
	return t.flags;
}

/* Sequence numbers of TCP wrap around. */
static __always_inline bool seq_after(u32 a, u32 b)
{
	return (s32)(a - b) > 0;
}

/* Is it all of a struct sock, not the smaller one of a connection that is not complete yet, or not any more? */
static __always_inline bool sock_is_full(struct sock *sk)
{
	u8 state = BPF_CORE_READ(sk, __sk_common.skc_state);

	return state != TCP_NEW_SYN_RECV && state != TCP_TIME_WAIT;
}

/* Is it a TCP connection, in any state, or a listener? */
static __always_inline bool sock_is_tcp(struct sock *sk)
{
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (family != AF_INET && family != AF_INET6)
		return false;
	return !sock_is_full(sk) || (BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP &&
				     BPF_CORE_READ(sk, sk_type) == SOCK_STREAM);
}

/*
 * The inode of the network namespace that the packet is in; 0 if it is not known.  SK is its socket, or NULL.
 * The packet's device comes last: in a queue of TCP its place holds something else.
 */
static __always_inline u32 packet_netns(struct sk_buff *skb, struct sock *sk)
{
	struct dst_entry *dst = (void *)(BPF_CORE_READ(skb, _skb_refdst) & ~1ul);
	struct net_device *dev;

	if (sk)
		return sock_netns(false, sk);
	dev = dst ? BPF_CORE_READ(dst, dev) : BPF_CORE_READ(skb, dev);
	return dev ? BPF_CORE_READ(dev, nd_net.net, ns.inum) : 0;
}
