/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The datagrams that programs send and receive by UDP and UDP-Lite.  The including program defines
 *	static int moved(const bool typed, struct sock *sk, const struct datagrams *d)
 * Rows of the tool's .probes have to be DATAGRAMS_SEEN (domain/net.h).
 *
 * A send is seen where the kernel has put the datagram together and hands it to IP: there, a corked one is complete,
 * whichever calls its parts came from, and its two ends are known, which no call has to name.  A receive is seen
 * where the kernel is done with a datagram that a program got.
 */
#pragma once
#include "net.bpf.h"
#include "packet.bpf.h"
#include "probe.bpf.h"

/* What one call of the kernel moved between a program and its socket. */
struct datagrams {
	bool sent; /* else received */
	bool v6;   /* by IPv6, which an IPv6 socket doesn't tell */
	u32 bytes; /* without headers */
	u32 n;     /* datagrams: with UDP_SEGMENT and UDP_GRO there can be many */
	struct sk_buff *skb;
	bool made; /* the UDP header is not written yet, and the two ends are here: */
	struct flowi4 *flow4;
	struct flowi6 *flow6;
};

/* The two ends; ports are in network order. */
struct ends4 {
	u32 laddr, raddr;
	u16 lport, rport;
};
struct ends6 {
	u32 laddr[4], raddr[4];
	u16 lport, rport;
};

static __always_inline int moved(const bool typed, struct sock *sk, const struct datagrams *d);

static __always_inline struct udp_packet packet_udp(const bool typed, struct sk_buff *skb)
{
	struct udp_packet h = {};

	bpf_probe_read_kernel(&h, sizeof(h.source) + sizeof(h.dest),
			      ARG_READ(skb, head) + ARG_READ(skb, transport_header));
	return h;
}

static __always_inline void datagrams_ends4(const bool typed, const struct datagrams *d,
					    struct ends4 *e)
{
	struct flowi4 *flow = d->flow4;
	struct sk_buff *skb = d->skb;
	u32 addrs[2] = {};
	struct udp_packet h;

	if (d->made) {
		e->laddr = ARG_READ(flow, saddr);
		e->raddr = ARG_READ(flow, daddr);
		e->lport = ARG_READ(flow, uli.ports.sport);
		e->rport = ARG_READ(flow, uli.ports.dport);
		return;
	}
	h = packet_udp(typed, skb);
	bpf_probe_read_kernel(addrs, sizeof(addrs),
			      ARG_READ(skb, head) + ARG_READ(skb, network_header) +
				      offsetof(struct ip4_packet, saddr));
	e->laddr = d->sent ? addrs[0] : addrs[1];
	e->raddr = d->sent ? addrs[1] : addrs[0];
	e->lport = d->sent ? h.source : h.dest;
	e->rport = d->sent ? h.dest : h.source;
}

static __always_inline void datagrams_ends6(const bool typed, const struct datagrams *d,
					    struct ends6 *e)
{
	struct flowi6 *flow = d->flow6;
	struct sk_buff *skb = d->skb;
	struct udp_packet h;
	void *ip;

	if (d->made) {
		addr6_read(typed, e->laddr, &flow->saddr);
		addr6_read(typed, e->raddr, &flow->daddr);
		e->lport = ARG_READ(flow, uli.ports.sport);
		e->rport = ARG_READ(flow, uli.ports.dport);
		return;
	}
	h = packet_udp(typed, skb);
	ip = ARG_READ(skb, head) + ARG_READ(skb, network_header);
	bpf_probe_read_kernel(d->sent ? e->laddr : e->raddr, 16,
			      ip + offsetof(struct ip6_packet, saddr));
	bpf_probe_read_kernel(d->sent ? e->raddr : e->laddr, 16,
			      ip + offsetof(struct ip6_packet, daddr));
	e->lport = d->sent ? h.source : h.dest;
	e->rport = d->sent ? h.dest : h.source;
}

/* Into how many datagrams the packet will be cut, or from how many it was put together. */
static __always_inline u32 packet_segments(const bool typed, struct sk_buff *skb)
{
	struct skb_shared_info *shared = (void *)ARG_READ(skb, head) + ARG_READ(skb, end);

	return BPF_CORE_READ(shared, gso_segs) ?: 1;
}

/* Without headers: of a packet that begins with the IP header. */
static __always_inline u32 datagram_bytes(const bool typed, struct sk_buff *skb)
{
	return ARG_READ(skb, len) -
	       (ARG_READ(skb, transport_header) - ARG_READ(skb, network_header)) -
	       sizeof(struct udp_packet);
}

static __always_inline int datagrams_made(const bool typed, struct datagrams *d,
					  struct inet_cork *cork)
{
	u32 each = ARG_READ(cork, gso_size);
	struct sk_buff *skb = d->skb;

	d->sent = d->made = true;
	d->bytes = datagram_bytes(typed, skb);
	d->n = each && each < d->bytes ? (d->bytes + each - 1) / each : 1;
	return moved(typed, ARG_READ(skb, sk), d);
}

KFUNC(udp_send_skb, (struct sk_buff * skb, struct flowi4 *flow, struct inet_cork *cork))
{
	return datagrams_made(typed, &(struct datagrams){ .skb = skb, .flow4 = flow }, cork);
}

KFUNC(udp_v6_send_skb, (struct sk_buff * skb, struct flowi6 *flow, struct inet_cork *cork))
{
	return datagrams_made(typed, &(struct datagrams){ .v6 = true, .skb = skb, .flow6 = flow },
			      cork);
}

/*
 * Compilers can leave no function where the two above are.  Then this is the next place; raw sockets and ICMP also
 * pass it.
 */
static __always_inline int packet_sent(const bool typed, struct sk_buff *skb, bool v6)
{
	struct datagrams d = { .sent = true, .v6 = v6, .skb = skb };
	struct sock *sk = ARG_READ(skb, sk);
	u16 protocol = ARG_READ(sk, sk_protocol);

	if (protocol != IPPROTO_UDP && protocol != IPPROTO_UDPLITE)
		return 0;
	d.bytes = datagram_bytes(typed, skb);
	d.n = packet_segments(typed, skb);
	return moved(typed, sk, &d);
}

KFUNC(ip_send_skb, (struct net * net, struct sk_buff *skb))
{
	return packet_sent(typed, skb, false);
}

KFUNC(ip6_send_skb, (struct sk_buff * skb))
{
	return packet_sent(typed, skb, true);
}

/* BYTES is negative for a peek; for one at an empty datagram, which is 0, the queue still has the packet. */
KFUNC(skb_consume_udp, (struct sock * sk, struct sk_buff *skb, int bytes))
{
	struct datagrams d = { .skb = skb };

	if (bytes < 0 || (!bytes && ARG_READ(skb, users.refs.counter) > 1))
		return 0;
	d.v6 = ARG_READ(skb, protocol) == bpf_htons(ETH_P_IPV6);
	d.bytes = bytes;
	d.n = packet_segments(typed, skb);
	return moved(typed, sk, &d);
}
