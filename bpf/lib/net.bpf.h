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
 * Is it a path of a Multipath TCP connection?  Some kernels call functions of TCP for each path, and
 * others don't, so tools that trace calls by programs take those on the connection.
 */
static __always_inline bool sock_is_path(struct sock *sk)
{
	struct tcp_sock *tp = (void *)sk;

	return BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP &&
	       bpf_core_field_exists(tp->is_mptcp) && BPF_CORE_READ_BITFIELD_PROBED(tp, is_mptcp);
}

/*
 * The ends of a connection.  The socket of a Multipath TCP connection learns them later than its
 * first path, and forgets them earlier.
 */
static __always_inline void connection_read(const bool typed, struct sock *sk, struct endpoints *e)
{
	struct sock *first = NULL;

	if (ARG_READ(sk, sk_protocol) == IPPROTO_MPTCP && bpf_core_type_exists(struct mptcp_sock))
		first = BPF_CORE_READ((struct mptcp_sock *)sk, first);
	if (first)
		endpoints_read(false, first, e);
	else
		endpoints_read(typed, sk, e);
}

/*
 * Run F(typed, sk) for each TCP or MPTCP connection that is accepted: when it gets its file.  The return of the
 * function that waits for a connection says the same, but a kretprobe misses the returns of many who
 * wait at once.  A row of the tool's .probes has to be ACCEPTS_SEEN.
 */
#define ACCEPTS(f)                                                                \
	static __always_inline int accept_seen(const bool typed, struct sock *sk) \
	{                                                                         \
		u16 protocol = ARG_READ(sk, sk_protocol);                         \
		u16 family = ARG_READ(sk, __sk_common.skc_family);                \
                                                                                  \
		if ((protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP) ||     \
		    (family != AF_INET && family != AF_INET6))                    \
			return 0;                                                 \
		return f(typed, sk);                                              \
	}                                                                         \
	KFUNC(security_sock_graft, (struct sock * sk))                            \
	{                                                                         \
		return accept_seen(typed, sk);                                    \
	}                                                                         \
	KFUNC_RET(inet_csk_accept, (struct sock * listener), struct sock *sk)     \
	{                                                                         \
		return sk ? accept_seen(false, sk) : 0;                           \
	}

/* The address and port in ADDR, a struct sockaddr_in6 or sockaddr_in in the kernel's memory. */
static __always_inline void sockaddr_read(void *addr, u16 family, u32 to[4], u16 *to_port)
{
	u16 port = 0;

	bpf_probe_read_kernel(&port, sizeof(port), addr + 2);
	*to_port = bpf_ntohs(port);
	addr4_put(to, 0);
	if (family == AF_INET6)
		bpf_probe_read_kernel(to, 16, addr + 8);
	else
		bpf_probe_read_kernel(to, 4, addr + 4);
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
