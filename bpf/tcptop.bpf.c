// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tcptop.h"
#include "lib/flow.bpf.h"

FLOWS(struct traffic);

static __always_inline struct traffic *traffic4_of(const bool typed, struct sock *sk, u64 addrs)
{
	struct traffic zero = {};
	struct flow4_key key;

	key.addrs = addrs;
	key.ports = ARG_READ(sk, __sk_common.skc_portpair);
	if (!key.lport) /* data can still be received after a connection has ended */
		key.lport = sock_lport(typed, sk);
	if (!ports_wanted(key.lport, bpf_ntohs(key.rport)))
		return NULL;
	flow_task(&key, typed);
	return table_get(&flows4, &key, &zero);
}

static __always_inline struct traffic *traffic6_of(const bool typed, struct sock *sk)
{
	struct flow_key key = { .family = AF_INET6 };
	struct traffic zero = {};

	addr6_read(typed, key.laddr, &sk->__sk_common.skc_v6_rcv_saddr);
	addr6_read(typed, key.raddr, &sk->__sk_common.skc_v6_daddr);
	if (addr6_is_mapped(key.raddr)) {
		if (!family_wanted(AF_INET))
			return NULL;
		return traffic4_of(typed, sk, (u64)key.laddr[3] << 32 | key.raddr[3]);
	}
	if (!family_wanted(AF_INET6))
		return NULL;
	key.lport = sock_lport(typed, sk);
	key.rport = bpf_ntohs(ARG_READ(sk, __sk_common.skc_dport));
	if (!ports_wanted(key.lport, key.rport))
		return NULL;
	flow_task(&key, typed);
	return table_get(&flows6, &key, &zero);
}

static __always_inline struct traffic *traffic_of(const bool typed, struct sock *sk)
{
	u16 family;

	if (!task_wanted() || !netns_wanted(typed, sk))
		return NULL;
	family = ARG_READ(sk, __sk_common.skc_family);
	if (family == AF_INET && family_wanted(AF_INET))
		return traffic4_of(typed, sk, ARG_READ(sk, __sk_common.skc_addrpair));
	return family == AF_INET6 ? traffic6_of(typed, sk) : NULL;
}

static __always_inline int sent(const bool typed, struct sock *sk, long bytes)
{
	struct traffic *t = bytes > 0 ? traffic_of(typed, sk) : NULL;

	if (t)
		count_add(&t->sent, bytes);
	return 0;
}

static __always_inline int received(const bool typed, struct sock *sk, long bytes)
{
	struct traffic *t = bytes > 0 ? traffic_of(typed, sk) : NULL;

	if (t)
		count_add(&t->received, bytes);
	return 0;
}

#include "lib/tcp_bytes.bpf.h"
