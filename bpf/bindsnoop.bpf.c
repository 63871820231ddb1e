// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "bindsnoop.h"
#include "lib/event.bpf.h"
#include "lib/net.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

TABLE(counts, struct endpoints, u64, 10240);

#define IF_SET(bit, set) ((set) ? (bit) : 0)

static __always_inline u32 options_of(struct sock *sk)
{
	struct inet_sock *inet = (void *)sk;
	u32 options =
		IF_SET(BIND_REUSEADDR, BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_reuse)) |
		IF_SET(BIND_REUSEPORT,
		       BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_reuseport));
	u64 flags;

	if (bpf_core_field_exists(inet->inet_flags)) {
		flags = BPF_CORE_READ(inet, inet_flags);
		return options | IF_SET(BIND_FREEBIND, flags & 1 << INET_FLAGS_FREEBIND) |
		       IF_SET(BIND_TRANSPARENT, flags & 1 << INET_FLAGS_TRANSPARENT) |
		       IF_SET(BIND_NO_PORT, flags & 1 << INET_FLAGS_BIND_ADDRESS_NO_PORT);
	}
	return options | IF_SET(BIND_FREEBIND, BPF_CORE_READ_BITFIELD_PROBED(inet, freebind)) |
	       IF_SET(BIND_TRANSPARENT, BPF_CORE_READ_BITFIELD_PROBED(inet, transparent)) |
	       IF_SET(BIND_NO_PORT, BPF_CORE_READ_BITFIELD_PROBED(inet, bind_address_no_port));
}

/* What a bind that failed was for, if that is a whole address; else the socket's own stays. */
static __always_inline void put_asked(struct endpoints *e, void *addr, int len)
{
	u16 family = 0;

	bpf_probe_read_kernel(&family, sizeof(family), addr);
	if (len < (family == AF_INET6 ? 24 : 8))
		return;
	e->family = family == AF_INET6 ? AF_INET6 : AF_INET;
	sockaddr_read(addr, family, e->laddr, &e->lport);
	endpoints_unmap(e);
}

static __always_inline int count(struct endpoints *ends)
{
	u64 zero = 0, *n = table_get(&counts, ends, &zero);

	if (n)
		count_add(n, 1);
	return 0;
}

static __always_inline int report(const bool typed, struct sock *sk, const struct endpoints *ends,
				  int error)
{
	struct bind_event *e = event_new(struct bind_event);

	if (!e)
		return 0;
	event_begin(e);
	e->ends = *ends;
	e->uid = bpf_get_current_uid_gid();
	e->result = -error;
	e->protocol = ARG_READ(sk, sk_protocol);
	e->ifindex = ARG_READ(sk, __sk_common.skc_bound_dev_if);
	e->options = options_of(sk);
	e->pad = 0;
	event_send(e);
	return 0;
}

static __always_inline int bound(const bool typed, struct socket *sock, void *addr, int len,
				 int error)
{
	struct sock *sk = ARG_READ(sock, sk);
	struct endpoints ends;

	if ((error && !conf.failed) || !task_wanted() || sock_is_path(sk))
		return 0;
	endpoints_read(typed, sk, &ends);
	/* A socket can be connected before it is bound. */
	addr4_put(ends.raddr, 0);
	ends.rport = 0;
	if (error)
		put_asked(&ends, addr, len);
	if (!endpoints_wanted(&ends))
		return 0;
	return conf.count ? count(&ends) : report(typed, sk, &ends, error);
}

KFUNC_RET(inet_bind, (struct socket * sock, void *addr, int len), int error)
{
	return bound(typed, sock, addr, len, error);
}

KFUNC_RET(inet6_bind, (struct socket * sock, void *addr, int len), int error)
{
	return bound(typed, sock, addr, len, error);
}

/* Depending on the kernel, it calls one of these for its first path. */
KFUNC_RET(mptcp_bind, (struct socket * sock, void *addr, int len), int error)
{
	return bound(typed, sock, addr, len, error);
}
