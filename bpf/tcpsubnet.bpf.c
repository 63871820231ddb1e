// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tcpsubnet.h"
#include "lib/map.bpf.h"
#include "lib/net.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

/* The place in the user's list of each subnet that can count.  The tool sets the sizes. */
#define TRIE(name, ktype)                             \
	struct {                                      \
		__uint(type, BPF_MAP_TYPE_LPM_TRIE);  \
		__uint(map_flags, BPF_F_NO_PREALLOC); \
		__uint(max_entries, 1);               \
		__type(key, ktype);                   \
		__type(value, u32);                   \
	} name SEC(".maps")

TRIE(subnets4, struct subnet4);
TRIE(subnets6, struct subnet6);
PERCPU_ARRAY(bytes_of, u64, 1);

static __always_inline u32 *subnet4_of(u32 addr)
{
	struct subnet4 key = { .bits = 32, .addr = addr };

	if (!conf.ipv4)
		return NULL;
	return bpf_map_lookup_elem(&subnets4, &key);
}

static __always_inline u32 *subnet_of(const bool typed, struct sock *sk)
{
	u16 family = ARG_READ(sk, __sk_common.skc_family);
	struct subnet6 key = { .bits = 128 };

	if (family == AF_INET)
		return subnet4_of(ARG_READ(sk, __sk_common.skc_daddr));
	if (family != AF_INET6)
		return NULL;
	addr6_read(typed, key.addr, &sk->__sk_common.skc_v6_daddr);
	if (addr6_is_mapped(key.addr))
		return subnet4_of(key.addr[3]);
	if (!conf.ipv6)
		return NULL;
	return bpf_map_lookup_elem(&subnets6, &key);
}

static __always_inline int moved(const bool typed, struct sock *sk, long bytes)
{
	u64 *sum;
	u32 *at;

	if (bytes <= 0 || !task_wanted() || !netns_wanted(typed, sk))
		return 0;
	if ((net_filter.lports || net_filter.rports) &&
	    !ports_wanted(sock_lport(typed, sk), bpf_ntohs(ARG_READ(sk, __sk_common.skc_dport))))
		return 0;
	at = subnet_of(typed, sk);
	sum = at ? bpf_map_lookup_elem(&bytes_of, at) : NULL;
	if (sum)
		count_add(sum, bytes);
	return 0;
}

static __always_inline int sent(const bool typed, struct sock *sk, long bytes)
{
	return moved(typed, sk, bytes);
}

static __always_inline int received(const bool typed, struct sock *sk, long bytes)
{
	return moved(typed, sk, bytes);
}

#include "lib/tcp_bytes.bpf.h"
