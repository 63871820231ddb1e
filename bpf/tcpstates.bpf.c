// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tcpstates.h"
#include "lib/event.bpf.h"
#include "lib/owner.bpf.h"

struct last {
	u64 since; /* CLOCK_MONOTONIC, ns, of its last change; 0: none was seen */
	struct owner owner;
};
HASH(lasts, u64, struct last, 65536);

#define STATE(s) (1 << TCP_##s)
#define BY_A_CALL \
	(STATE(SYN_SENT) | STATE(FIN_WAIT1) | STATE(LAST_ACK)) /* connect, close, shutdown */

static __always_inline int report(const bool typed, struct sock *sk, u32 old, u32 new,
				  struct last *last)
{
	struct state_event *e;
	u64 since = last->since;

	if (!owner_wanted(&last->owner) || !(e = event_new(struct state_event)))
		return 0;
	endpoints_read(typed, sk, &e->ends);
	if (!endpoints_wanted(&e->ends)) {
		event_drop(e);
		return 0;
	}
	e->ts = last->since = bpf_ktime_get_ns();
	e->sk = (u64)sk;
	e->ns = since ? e->ts - since : 0;
	e->old = old;
	e->new = new;
	e->owner = last->owner;
	event_send(e);
	return 0;
}

TRACEPOINT_IN_TASKS(inet_sock_set_state, state_set)
{
	struct sock *sk = (void *)ctx[0];
	u32 old = ctx[1], new = ctx[2];
	u64 key = ctx[0];
	struct last *last, zero = {};

	if (ARG_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	last = map_get(&lasts, &key, &zero);
	if (!last)
		last = &zero;
	if (1 << (new & 31) & BY_A_CALL || (!last->owner.known && sock_in_use(typed, sk)))
		owner_note(&last->owner);
	report(typed, sk, old, new, last);
	if (new == TCP_CLOSE)
		bpf_map_delete_elem(&lasts, &key);
	return 0;
}

static __always_inline struct owner *owner_of(struct sock *sk)
{
	u64 key = (u64)sk;
	struct last *last = bpf_map_lookup_elem(&lasts, &key);

	return last ? &last->owner : NULL;
}

OWNERS_ACCEPTING(owner_of)
