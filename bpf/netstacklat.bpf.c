// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "netstacklat.h"
#include "lib/packet.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

/* CLOCK_REALTIME, by which packets are stamped, minus CLOCK_MONOTONIC; the tool keeps it up to date. */
u64 clock_offset;
u64 unstamped; /* packets whose time of arrival is not known */

PERCPU_ARRAY(stages, struct hist, STAGES);

/* When the packet came, CLOCK_REALTIME; 0: not known. */
static __always_inline u64 arrival(const bool typed, struct sk_buff *skb)
{
	if (bpf_core_field_exists(skb->mono_delivery_time) &&
	    BPF_CORE_READ_BITFIELD_PROBED(skb, mono_delivery_time))
		return 0;
	if (bpf_core_field_exists(skb->tstamp_type) &&
	    BPF_CORE_READ_BITFIELD_PROBED(skb, tstamp_type))
		return 0;
	return ARG_READ(skb, tstamp);
}

/* SK is its socket, or NULL if that is not known yet. */
static __always_inline int seen(const bool typed, u32 stage, struct sk_buff *skb, struct sock *sk,
				u16 family)
{
	u64 came, now;
	struct hist *h;

	if (!family_wanted(family) || (conf.ifindex && (u32)ARG_READ(skb, skb_iif) != conf.ifindex))
		return 0;
	if (net_filter.netns && net_filter.netns != packet_netns(skb, sk))
		return 0;
	came = arrival(typed, skb);
	if (!came)
		return count_add(&unstamped, 1), 0;
	now = bpf_ktime_get_ns() + clock_offset;
	h = bpf_map_lookup_elem(&stages, &stage);
	if (h) {
		/* The two clocks are not read at once, so a packet can seem to come a little later. */
		now = now > came ? now - came : 0;
		hist_add_exact(h, now / conf.unit, now);
	}
	return 0;
}

static __always_inline u16 packet_family(const bool typed, struct sk_buff *skb)
{
	return ARG_READ(skb, protocol) == bpf_htons(ETH_P_IPV6) ? AF_INET6 : AF_INET;
}

KFUNC(ip_rcv_core, (struct sk_buff * skb))
{
	return seen(typed, IP, skb, NULL, AF_INET);
}

KFUNC(ip6_rcv_core, (struct sk_buff * skb))
{
	return seen(typed, IP, skb, NULL, AF_INET6);
}

KFUNC(tcp_v4_rcv, (struct sk_buff * skb))
{
	return seen(typed, TCP, skb, NULL, AF_INET);
}

KFUNC(tcp_v6_rcv, (struct sk_buff * skb))
{
	return seen(typed, TCP, skb, NULL, AF_INET6);
}

KFUNC(udp_rcv, (struct sk_buff * skb))
{
	return seen(typed, UDP, skb, NULL, AF_INET);
}

KFUNC(udpv6_rcv, (struct sk_buff * skb))
{
	return seen(typed, UDP, skb, NULL, AF_INET6);
}

KFUNC(tcp_queue_rcv, (struct sock * sk, struct sk_buff *skb))
{
	if (!ARG_READ(skb, len)) /* no data, only the end of it */
		return 0;
	return seen(typed, TCP_QUEUE, skb, sk, packet_family(typed, skb));
}

KFUNC(__udp_enqueue_schedule_skb, (struct sock * sk, struct sk_buff *skb))
{
	return seen(typed, UDP_QUEUE, skb, sk, packet_family(typed, skb));
}

/*
 * A read has copied data of the first packet in the queue.  Was this its last byte?  The packet is removed only after
 * this; and a peek does not change copied_seq.
 */
TRACEPOINT_IN_TASKS(tcp_rcv_space_adjust, tcp_read)
{
	struct sock *sk = (void *)ctx[0];
	struct sk_buff *skb = BPF_CORE_READ(sk, sk_receive_queue.next);
	struct tcp_skb_cb *cb = (void *)skb + bpf_core_field_offset(struct sk_buff, cb);
	u32 end;

	if ((void *)skb == (void *)sk + bpf_core_field_offset(struct sock, sk_receive_queue) ||
	    !task_wanted())
		return 0;
	end = BPF_CORE_READ(cb, end_seq) - (BPF_CORE_READ(cb, tcp_flags) & TCP_FIN);
	if (seq_after(end, BPF_CORE_READ((struct tcp_sock *)sk, copied_seq)))
		return 0;
	return seen(false, TCP_READ, skb, sk, packet_family(false, skb));
}

KFUNC(skb_consume_udp, (struct sock * sk, struct sk_buff *skb, int bytes))
{
	if (bytes < 0 || !task_wanted()) /* a peek */
		return 0;
	return seen(typed, UDP_READ, skb, sk, packet_family(typed, skb));
}
