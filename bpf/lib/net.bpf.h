/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets: their two ends, and which of them the user asked for.  TYPED: as in a KFUNC()'s body. */
#pragma once
#include "kernel_net.h"
#include "net.h"
#include "probe.bpf.h"

const volatile struct net_filter net_filter;

/* These maps are created only when the option is given. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u16);
	__type(value, u8);
} filter_lports SEC(".maps"), filter_rports SEC(".maps");

/* An IPv6 address, in network order. */
static __always_inline void addr6_read(const bool typed, u32 to[4], const struct in6_addr *addr)
{
	if (typed) {
		to[0] = addr->in6_u.u6_addr32[0];
		to[1] = addr->in6_u.u6_addr32[1];
		to[2] = addr->in6_u.u6_addr32[2];
		to[3] = addr->in6_u.u6_addr32[3];
	} else {
		bpf_core_read(to, 16, addr);
	}
}

/* Is it ::ffff:a.b.c.d? */
static __always_inline bool addr6_is_mapped(const u32 addr[4])
{
	return !addr[0] && !addr[1] && addr[2] == bpf_htonl(0xffff);
}

/* The local port, also of a socket that is closed, whose port is then in another field. */
static __always_inline u16 sock_lport(const bool typed, struct sock *sk)
{
	return ARG_READ(sk, __sk_common.skc_num)
		       ?: bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport));
}

static __always_inline u32 sock_netns(const bool typed, struct sock *sk)
{
	struct net *net = ARG_READ(sk, __sk_common.skc_net.net);

	return ARG_READ(net, ns.inum);
}

static __always_inline void addr4_put(u32 to[4], u32 addr)
{
	to[0] = addr;
	to[1] = to[2] = to[3] = 0;
}

/* All of *E.  One mapped address is enough: the other may not be known yet, and is :: then. */
static __always_inline void endpoints_unmap(struct endpoints *e)
{
	if (!addr6_is_mapped(e->raddr) && !addr6_is_mapped(e->laddr))
		return;
	e->family = AF_INET;
	addr4_put(e->laddr, e->laddr[3]);
	addr4_put(e->raddr, e->raddr[3]);
}

static __always_inline void endpoints_read(const bool typed, struct sock *sk, struct endpoints *e)
{
	e->family = ARG_READ(sk, __sk_common.skc_family);
	e->pad = 0;
	e->netns = sock_netns(typed, sk);
	e->lport = sock_lport(typed, sk);
	e->rport = bpf_ntohs(ARG_READ(sk, __sk_common.skc_dport));
	if (e->family == AF_INET6) {
		addr6_read(typed, e->laddr, &sk->__sk_common.skc_v6_rcv_saddr);
		addr6_read(typed, e->raddr, &sk->__sk_common.skc_v6_daddr);
		endpoints_unmap(e);
	} else {
		addr4_put(e->laddr, ARG_READ(sk, __sk_common.skc_rcv_saddr));
		addr4_put(e->raddr, ARG_READ(sk, __sk_common.skc_daddr));
	}
}

/*
 * Did the user ask for such a socket?  Filters that are not in use cost nothing: the verifier drops
 * branches that constant data rules out.
 */
static __always_inline bool family_wanted(u16 family)
{
	return !(net_filter.ipv4 && family != AF_INET) && !(net_filter.ipv6 && family != AF_INET6);
}

static __always_inline bool ports_wanted(u16 lport, u16 rport)
{
	if (net_filter.lports && !bpf_map_lookup_elem(&filter_lports, &lport))
		return false;
	return !net_filter.rports || bpf_map_lookup_elem(&filter_rports, &rport);
}

static __always_inline bool netns_wanted(const bool typed, struct sock *sk)
{
	return !net_filter.netns || net_filter.netns == sock_netns(typed, sk);
}

static __always_inline bool endpoints_wanted(const struct endpoints *e)
{
	return family_wanted(e->family) && ports_wanted(e->lport, e->rport) &&
	       (!net_filter.netns || net_filter.netns == e->netns);
}

/* Does endpoints_wanted() choose at all? */
static __always_inline bool endpoints_filtered(void)
{
	return net_filter.ipv4 || net_filter.ipv6 || net_filter.lports || net_filter.rports ||
	       net_filter.netns;
}

/* How an attempt to connect ends, as the socket leaves the state SYN_SENT for NEW. */
static __always_inline s32 connect_result(const bool typed, struct sock *sk, int new)
{
	return new == TCP_CLOSE ? ARG_READ(sk, sk_err) ?: CONNECT_CLOSED : 0;
}
