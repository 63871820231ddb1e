// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tcpdrop.h"
#include "lib/event.bpf.h"
#include "lib/owner.bpf.h"
#include "lib/packet.bpf.h"

const volatile struct conf conf;

EVENT_SCRATCH(struct drop_event, 1);
/* The names of this kernel's reasons; the tool sets the size, and fills it. */
HASH(reasons, u32, struct drop_reason, 1);

OWNERS

#define HAS_REASON bpf_core_field_exists(struct trace_event_raw_kfree_skb, reason)
#define HAS_RX_SK  bpf_core_field_exists(struct trace_event_raw_kfree_skb, rx_sk)

static __always_inline bool may_be_tcp(u16 protocol)
{
	/* 0: it has no IP header yet. */
	return protocol == bpf_htons(ETH_P_IP) || protocol == bpf_htons(ETH_P_IPV6) || !protocol;
}

/*
 * Some frees lose nothing: what a socket keeps in a queue without data is a FIN that it has seen, and a
 * connection in TIME_WAIT frees what it has answered, without a reason.
 */
static __always_inline bool loses_nothing(struct sk_buff *skb, struct sock *queued_on,
					  struct sock *receiver, u32 reason)
{
	if (queued_on && sock_is_tcp(queued_on) && !BPF_CORE_READ(skb, len))
		return true;
	return receiver && conf.not_specified && reason == conf.not_specified &&
	       BPF_CORE_READ(receiver, __sk_common.skc_state) == TCP_TIME_WAIT;
}

static __always_inline int dropped_by(void *ctx, struct sk_buff *skb, u16 protocol, u64 location,
				      u32 reason, struct sock *receiver)
{
	struct sock *sk = BPF_CORE_READ(skb, sk);
	struct drop_reason *name;
	struct drop_event *e;
	long n;

	/* The packet was another socket's copy, such as one that captures packets. */
	if (receiver && !sock_is_tcp(receiver))
		return 0;
	if (!receiver && sk && sock_is_tcp(sk))
		receiver = sk;
	if ((!protocol && !receiver) || loses_nothing(skb, sk, receiver, reason))
		return 0;
	e = scratch_get(&scratch, 0);
	if (!e)
		return 0;
	__builtin_memset(e, 0, offsetof(struct drop_event, frames));
	if (!protocol || !packet_tcp(skb, protocol, &e->ends, &e->flags)) {
		if (!receiver || receiver != sk || !sock_is_full(sk))
			return 0;
		endpoints_read(false, sk, &e->ends);
		e->flags = protocol ? 0 : packet_tcp_flags(skb);
	}
	e->ends.netns = packet_netns(skb, receiver);
	if (!endpoints_wanted(&e->ends))
		return 0;
	e->ts = bpf_ktime_get_ns();
	e->location = location;
	e->pid = task_pid();
	if (HAS_REASON) {
		e->has_code = true;
		e->code = reason;
		name = bpf_map_lookup_elem(&reasons, &reason);
		if (name)
			e->reason = *name;
	}
	if (receiver) {
		e->state = BPF_CORE_READ(receiver, __sk_common.skc_state);
		if (sock_is_full(receiver))
			owners_find(receiver, &e->owner);
	}
	n = bpf_get_stack(ctx, e->frames, sizeof(e->frames), 0);
	return event_output_to(e, frames, n > 0 ? n : 0);
}

TRACEPOINT_IN_TASKS(kfree_skb, dropped)
{
	struct sk_buff *skb = (void *)ctx[0];
	u16 protocol = ARG_READ(skb, protocol);
	struct sock *receiver = NULL;
	u32 reason = 0;

	if (!may_be_tcp(protocol))
		return 0;
	if (HAS_REASON)
		reason = ctx[2];
	if (conf.consumed && reason == conf.consumed)
		return 0;
	if (HAS_RX_SK)
		receiver = (void *)ctx[3];
	return dropped_by(program_ctx, skb, protocol, ctx[1], reason, receiver);
}
