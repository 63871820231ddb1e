/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bytes that programs send and receive by TCP.  The including program defines
 *	static int sent(const bool typed, struct sock *sk, long bytes)
 *	static int received(const bool typed, struct sock *sk, long bytes)
 * BYTES is the result of a call, perhaps a negative errno.  Rows of the tool's .probes have to be those of
 * TCP_SENDS_SEEN and TCP_RECEIVES_SEEN (domain/net.h).
 *
 * These are all calls that move bytes between a program and its socket.  tcp_cleanup_rbuf() would be one
 * place for all receives, but it runs several times per receive, each time with the sum so far, and
 * also for peeks.
 */
#pragma once
#include "net.bpf.h"
#include "probe.bpf.h"

#define MSG_PEEK     2
#define MSG_ERRQUEUE 0x2000

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
