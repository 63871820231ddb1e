// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A listen is seen when the call returns: by then the socket has a port, even if the program chose
 * none, and we know whether the call failed.
 */
#include "solisten.h"
#include "lib/event.bpf.h"
#include "lib/net.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

static __always_inline int listened(const bool typed, struct socket *sock, int backlog, int error)
{
	struct sock *sk = ARG_READ(sock, sk);
	struct listen_event *e;

	if ((error && !conf.failed) || !task_wanted() || sock_is_path(sk) ||
	    !(e = event_new(struct listen_event)))
		return 0;
	endpoints_read(typed, sk, &e->ends);
	if (!endpoints_wanted(&e->ends)) {
		event_drop(e);
		return 0;
	}
	event_begin(e);
	e->backlog = backlog;
	e->result = -error;
	e->protocol = ARG_READ(sk, sk_protocol);
	e->pad = 0;
	event_send(e);
	return 0;
}

KFUNC_RET(inet_listen, (struct socket * sock, int backlog), int error)
{
	return listened(typed, sock, backlog, error);
}

/* Depending on the kernel, it calls inet_listen for its first path. */
KFUNC_RET(mptcp_listen, (struct socket * sock, int backlog), int error)
{
	return listened(typed, sock, backlog, error);
}
