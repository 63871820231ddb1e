// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Everything is seen where a connection changes its state, a few times in its life, and nothing
 * for each segment: the kernel itself counts the bytes.
 */
#include "tcplife.h"
#include "lib/event.bpf.h"
#include "lib/owner.bpf.h"

#define SOCK_DONE 1 /* in skc_flags: a FIN was received */

struct conn {
	u64 born;      /* CLOCK_MONOTONIC, ns */
	u64 connected; /* this side made the connection: its SYN counts as a byte */
	struct owner owner;
};
HASH(conns, u64, struct conn, 65536);

#define STATE(s) (1 << TCP_##s)
#define FIN_SENT (STATE(FIN_WAIT1) | STATE(FIN_WAIT2) | STATE(CLOSING) | STATE(LAST_ACK))
#define BY_A_CALL \
	(STATE(SYN_SENT) | STATE(FIN_WAIT1) | STATE(LAST_ACK)) /* connect, close, shutdown */
#define WATCHED (BY_A_CALL | STATE(ESTABLISHED) | STATE(CLOSE))

static __always_inline int born(u64 key, bool connected)
{
	struct conn conn = { .born = bpf_ktime_get_ns(), .connected = connected };

	if (connected)
		owner_note(&conn.owner);
	map_put(&conns, &key, &conn);
	return 0;
}

/* SYN and FIN have sequence numbers, and count, but are no data. */
static __always_inline void put_bytes(const bool typed, struct life_event *e, struct sock *sk,
				      int old, bool connected)
{
	struct tcp_sock *tp = (void *)sk;

	e->tx = BPF_CORE_READ(tp, bytes_acked);
	e->rx = BPF_CORE_READ(tp, bytes_received);
	if (e->tx && connected)
		e->tx--;
	if (e->tx && 1 << old & FIN_SENT &&
	    BPF_CORE_READ(tp, snd_una) == BPF_CORE_READ(tp, write_seq))
		e->tx--;
	if (e->rx && ARG_READ(sk, __sk_common.skc_flags) & 1 << SOCK_DONE)
		e->rx--;
}

static __always_inline int ended(const bool typed, struct sock *sk, int old, u64 key,
				 struct conn *conn)
{
	struct life_event *e;

	if (!conn->owner.known && sock_in_use(typed, sk))
		owner_note(&conn->owner);
	if (!owner_wanted(&conn->owner) || !(e = event_new(struct life_event)))
		goto out;
	endpoints_read(typed, sk, &e->ends);
	if (!endpoints_wanted(&e->ends)) {
		event_drop(e);
		goto out;
	}
	e->ts = bpf_ktime_get_ns();
	e->ns = e->ts - conn->born;
	e->owner = conn->owner;
	e->error = ARG_READ(sk, sk_err);
	e->old = old;
	put_bytes(typed, e, sk, old, conn->connected);
	event_send(e);
out:
	bpf_map_delete_elem(&conns, &key);
	return 0;
}

TRACEPOINT_IN_TASKS(inet_sock_set_state, state_set)
{
	struct sock *sk = (void *)ctx[0];
	int old = ctx[1], new = ctx[2];
	u64 key = ctx[0];
	struct conn *conn;

	if (!(1 << (new & 31) & WATCHED) || ARG_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	if (new == TCP_SYN_SENT)
		return born(key, true);
	conn = bpf_map_lookup_elem(&conns, &key);
	if (new == TCP_ESTABLISHED && !conn)
		return born(key, false);
	if (!conn)
		return 0;
	if (new == TCP_CLOSE)
		return ended(typed, sk, old & 31, key, conn);
	if (new == TCP_ESTABLISHED)
		conn->born = bpf_ktime_get_ns();
	else
		owner_note(&conn->owner);
	return 0;
}

static __always_inline struct owner *owner_of(struct sock *sk)
{
	u64 key = (u64)sk;
	struct conn *conn = bpf_map_lookup_elem(&conns, &key);

	return conn ? &conn->owner : NULL;
}

OWNERS_ACCEPTING(owner_of)
