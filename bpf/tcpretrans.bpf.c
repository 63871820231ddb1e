// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tcpretrans.h"
#include "lib/event.bpf.h"
#include "lib/owner.bpf.h"

const volatile struct conf conf;

TABLE(counts, struct endpoints, u64, 10240);

OWNERS

static __always_inline int report(const bool typed, struct sock *sk, u32 seq, u8 type)
{
	struct retrans_event *e;
	struct endpoints ends;
	struct owner owner;
	u64 zero = 0, *n;

	endpoints_read(typed, sk, &ends);
	owners_get(typed, sk, &owner);
	if (!endpoints_wanted(&ends) || !owner_wanted(&owner))
		return 0;
	if (conf.count) {
		n = table_get(&counts, &ends, &zero);
		if (n)
			count_add(n, 1);
		return 0;
	}
	e = event_new(struct retrans_event);
	if (!e)
		return 0;
	e->ts = bpf_ktime_get_ns();
	e->ends = ends;
	e->owner = owner;
	e->seq = seq;
	e->type = type;
	e->state = ARG_READ(sk, __sk_common.skc_state);
	e->pad = 0;
	event_send(e);
	return 0;
}

TRACEPOINT_IN_TASKS(tcp_retransmit_skb, retransmitted)
{
	struct sock *sk = (void *)ctx[0];
	struct sk_buff *skb = (void *)ctx[1];
	struct tcp_skb_cb *cb = (void *)skb + bpf_core_field_offset(struct sk_buff, cb);

	if (bpf_core_type_exists(struct trace_event_raw_tcp_retransmit_skb) &&
	    bpf_core_field_exists(struct trace_event_raw_tcp_retransmit_skb, err) && (int)ctx[2])
		return 0; /* it was not sent */
	return report(typed, sk, BPF_CORE_READ(cb, seq), RETRANSMIT);
}

KFUNC(tcp_send_loss_probe, (struct sock * sk))
{
	struct tcp_sock *tp = (void *)sk;

	return report(typed, sk, BPF_CORE_READ(tp, snd_una), LOSS_PROBE);
}
