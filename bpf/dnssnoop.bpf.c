// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Programs at the root cgroup get the packets of all sockets, and can read all of a packet, also what a driver has
 * not put in one piece.  They let everything pass.
 */
#include "dnssnoop.h"
#include "lib/event.bpf.h"
#include "lib/net.bpf.h"
#include "lib/packet.bpf.h"
#include "lib/task_other.bpf.h"

#define PASS 1

/* Where the data of a UDP or TCP packet begins; 0: it is none.  Fills in the ends as it was sent. */
static __always_inline u32 packet_read(struct __sk_buff *skb, struct endpoints *e, bool *tcp)
{
	union {
		struct ip4_packet v4;
		struct ip6_packet v6;
	} ip;
	struct tcp_packet t;
	u8 protocol;
	u32 at;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		if (bpf_skb_load_bytes(skb, 0, &ip.v4, sizeof(ip.v4)) ||
		    ip.v4.frag_off & bpf_htons(0x1fff))
			return 0;
		protocol = ip.v4.protocol;
		at = (ip.v4.version_len & 15) * 4;
	} else if (skb->protocol == bpf_htons(ETH_P_IPV6)) {
		if (bpf_skb_load_bytes(skb, 0, &ip.v6, sizeof(ip.v6)))
			return 0;
		protocol = ip.v6.nexthdr;
		at = sizeof(ip.v6);
	} else {
		return 0;
	}
	if (protocol == IPPROTO_UDP) {
		struct udp_packet u;

		if (bpf_skb_load_bytes(skb, at, &u, sizeof(u)))
			return 0;
		e->lport = bpf_ntohs(u.source);
		e->rport = bpf_ntohs(u.dest);
		at += sizeof(u);
	} else if (protocol == IPPROTO_TCP) {
		if (bpf_skb_load_bytes(skb, at, &t, sizeof(t)))
			return 0;
		e->lport = bpf_ntohs(t.source);
		e->rport = bpf_ntohs(t.dest);
		at += t.offset >> 4 << 2;
	} else {
		return 0;
	}
	*tcp = protocol == IPPROTO_TCP;
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		e->family = AF_INET;
		addr4_put(e->laddr, ip.v4.saddr);
		addr4_put(e->raddr, ip.v4.daddr);
	} else {
		e->family = AF_INET6;
		__builtin_memcpy(e->laddr, ip.v6.saddr, sizeof(e->laddr));
		__builtin_memcpy(e->raddr, ip.v6.daddr, sizeof(e->raddr));
	}
	return at;
}

/* The message at AT, of which at most ROOM bytes are sent.  ENDS: the remote one is the server. */
static __always_inline void send(struct __sk_buff *skb, u32 at, struct dns_event *e, u32 room)
{
	u32 len = skb->len - at;

	if (len > room) {
		len = room;
		if (e->answer)
			count_add(&loss.cut, 1);
	}
	/* The callers know that it is not 0.  So that the verifier does, too: ROOM is a power of two. */
	asm volatile("" : "+r"(len));
	len = ((len - 1) & (room - 1)) + 1;
	if (bpf_skb_load_bytes(skb, at, e->dns, len)) {
		event_drop(e);
		return;
	}
	e->ts = bpf_ktime_get_ns();
	e->socket = bpf_get_socket_cookie(skb);
	e->len = len;
	e->pad = 0;
	event_send(e);
}

SEC("cgroup_skb/egress") int asked(struct __sk_buff *skb)
{
	struct task_struct *task = task_current();
	struct endpoints ends = {};
	struct dns_event *e;
	bool tcp;
	u32 at = packet_read(skb, &ends, &tcp);

	if (!at || at >= skb->len || !ports_wanted(ends.lport, ends.rport))
		return PASS;
	ends.netns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	if (!endpoints_wanted(&ends) || !task_wanted_of(task, false))
		return PASS;
	e = bpf_ringbuf_reserve(&events, offsetof(struct dns_event, dns) + QUESTION_MOST, 0);
	if (!e) {
		count_add(&loss.events, 1);
		return PASS;
	}
	e->ends = ends;
	e->pid = task_pid_of(task);
	e->tid = task_tid_of(task);
	task_comm_key_of(task, e->comm, false);
	e->answer = false;
	e->tcp = tcp;
	send(skb, at, e, QUESTION_MOST);
	return PASS;
}

SEC("cgroup_skb/ingress") int answered(struct __sk_buff *skb)
{
	struct endpoints ends = {};
	struct dns_event *e;
	bool tcp;
	u32 at = packet_read(skb, &ends, &tcp);

	if (!at || at >= skb->len || !ports_wanted(ends.rport, ends.lport) ||
	    !family_wanted(ends.family) || !(e = event_new(struct dns_event)))
		return PASS;
	e->ends = ends;
	__builtin_memcpy(e->ends.laddr, ends.raddr, sizeof(ends.raddr));
	__builtin_memcpy(e->ends.raddr, ends.laddr, sizeof(ends.laddr));
	e->ends.lport = ends.rport;
	e->ends.rport = ends.lport;
	e->pid = e->tid = 0;
	__builtin_memset(e->comm, 0, sizeof(e->comm));
	e->answer = true;
	e->tcp = tcp;
	send(skb, at, e, ANSWER_MOST);
	return PASS;
}
