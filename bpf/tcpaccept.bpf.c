// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An accept is seen when the new connection gets its file.  The return of the function that waits
 * for a connection says the same, but a kretprobe misses the returns of many who wait at once.
 */
#include "tcpaccept.h"
#include "lib/event.bpf.h"
#include "lib/net.bpf.h"
#include "lib/task.bpf.h"

static __always_inline int accepted(const bool typed, struct sock *sk)
{
	struct accept_event *e;
	u16 protocol = ARG_READ(sk, sk_protocol);
	u16 family = ARG_READ(sk, __sk_common.skc_family);

	if ((protocol != IPPROTO_TCP && protocol != IPPROTO_MPTCP) ||
	    (family != AF_INET && family != AF_INET6) || !task_wanted() ||
	    !(e = event_new(struct accept_event)))
		return 0;
	connection_read(typed, sk, &e->ends);
	if (!endpoints_wanted(&e->ends)) {
		event_drop(e);
		return 0;
	}
	event_begin(e);
	event_send(e);
	return 0;
}

KFUNC(security_sock_graft, (struct sock * sk))
{
	return accepted(typed, sk);
}

KFUNC_RET(inet_csk_accept, (struct sock * listener), struct sock *sk)
{
	return sk ? accepted(false, sk) : 0;
}
