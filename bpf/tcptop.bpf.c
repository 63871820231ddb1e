// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Counts the results of all calls that move bytes between a program and its
 * socket.  tcp_cleanup_rbuf() would be one place for all receives, but it runs
 * several times per receive, each time with the sum so far, and also for peeks.
 */
#include "tcptop.h"
#include "lib/net.bpf.h"
#include "lib/probe.bpf.h"
#include "lib/task.bpf.h"

#define MSG_PEEK     2
#define MSG_ERRQUEUE 0x2000

TABLE(flows4, struct flow4_key, struct traffic, 10240);
TABLE(flows6, struct flow_key, struct traffic, 10240);

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
	key.pid = task_pid();
	task_comm_key_typed(key.comm, typed);
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
	key.pid = task_pid();
	task_comm_key_typed(key.comm, typed);
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

KFUNC_RET(tcp_sendmsg, (struct sock * sk), int bytes)
{
	return sent(typed, sk, bytes);
}

/* sendfile(2) and splice(2) to a socket; from 6.5 on, they also use tcp_sendmsg. */
KFUNC_RET(tcp_sendpage, (struct sock * sk), int bytes)
{
	return sent(typed, sk, bytes);
}

/* Before 5.19, another argument, nonblock, came before the flags. */
KFUNC_RET(tcp_recvmsg, (struct sock * sk, void *msg, size_t len, long arg3, long arg4), int bytes)
{
	int flags = tcp_recvmsg_nargs == 6 ? arg4 : arg3;

	return flags & (MSG_PEEK | MSG_ERRQUEUE) ? 0 : received(typed, sk, bytes);
}

/*
 * MPTCP's bytes don't go through TCP's functions: it has its own, with TCP connections below them.
 * Kernels can be built with it from 5.6 on.
 */
KFUNC_RET(mptcp_sendmsg, (struct sock * sk), int bytes)
{
	return sent(typed, sk, bytes);
}

KFUNC_RET(mptcp_recvmsg, (struct sock * sk, void *msg, size_t len, long arg3, long arg4), int bytes)
{
	int flags = mptcp_recvmsg_nargs == 6 ? arg4 : arg3;

	return flags & (MSG_PEEK | MSG_ERRQUEUE) ? 0 : received(typed, sk, bytes);
}

KFUNC_RET(mptcp_splice_read, (struct socket * sock), long bytes)
{
	return received(typed, ARG_READ(sock, sk), bytes);
}

/* splice(2) from a socket. */
KFUNC_RET(tcp_splice_read, (struct socket * sock), long bytes)
{
	return received(typed, ARG_READ(sock, sk), bytes);
}

/* getsockopt(TCP_ZEROCOPY_RECEIVE): bytes mapped, and bytes copied because they don't fill a page. */
KFUNC_RET(tcp_zerocopy_receive, (struct sock * sk, struct tcp_zerocopy_receive *zc), int err)
{
	long copied = 0;

	if (err)
		return 0;
	if (bpf_core_field_exists(zc->copybuf_len))
		copied = ARG_READ(zc, copybuf_len);
	return received(typed, sk, ARG_READ(zc, length) + (copied > 0 ? copied : 0));
}
