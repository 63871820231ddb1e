// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tcppktlat.h"
#include "lib/event.bpf.h"
#include "lib/net.bpf.h"
#include "lib/packet.bpf.h"
#include "lib/task.bpf.h"

#define NEAR    4    /* packets of a socket that are kept with it, a power of two */
#define MOST    1024 /* packets of a socket that can wait */
#define AT_ONCE 128  /* packets that are shown as read by one step of a read */

#define FLAGS_OFFSET 13 /* in a TCP header */

const volatile struct conf conf;

u64 unread; /* packets that were still waiting when their socket went away */

struct packet {
	u64 came; /* 0: none */
	u32 end;  /* the sequence number after it */
	u32 bytes;
	u32 number; /* of the packets that waited with it */
	bool early; /* what is before it had not come yet */
	u8 pad[3];
};

/*
 * Packets of a socket that wait to be read, by when they came.  It lives as long as there are any.
 * Whoever changes it holds the socket's lock.
 */
struct queue {
	u64 sk; /* its address as a number: to global functions, no pointers can be passed */
	u32 first, next; /* their numbers */
	u32 last, end;   /* the last one that was not early, and the sequence number after it */
	u32 late_end;    /* what was read up to here can't be shown any more */
	u32 late;
	struct packet near[NEAR];
};
HASH(queues, u64, struct queue, 10240);

/* Those for which a queue has no room. */
struct place {
	u64 sk;
	u32 number, pad;
};
HASH(more, struct place, struct packet, 16384);

static __always_inline struct packet *packet_find(struct queue *q, u64 sk, u32 number)
{
	struct packet *p = &q->near[number % NEAR];
	struct place place = { .sk = sk, .number = number };

	if (p->came && p->number == number)
		return p;
	return bpf_map_lookup_elem(&more, &place);
}

static __always_inline void packet_forget(struct queue *q, u64 sk, u32 number)
{
	struct packet *p = &q->near[number % NEAR];
	struct place place = { .sk = sk, .number = number };

	if (p->came && p->number == number)
		p->came = 0;
	else
		bpf_map_delete_elem(&more, &place);
}

static __always_inline int packet_put(struct queue *q, u64 sk, struct packet *new, u32 expected)
{
	struct packet *p = &q->near[q->next % NEAR];
	struct place place = { .sk = sk, .number = q->next };
	struct packet *old;

	/* The last one was to come next, too: the kernel had no room for it. */
	if (!new->early && seq_after(q->end, expected) && (old = packet_find(q, sk, q->last))) {
		new->number = old->number;
		*old = *new;
		q->end = new->end;
		return 0;
	}
	new->number = q->next;
	if (!p->came)
		*p = *new;
	else if (q->next - q->first >= MOST)
		return count_add(&loss.entries, 1), 0;
	else if (!map_put(&more, &place, new))
		return 0;
	if (!new->early) {
		q->last = q->next;
		q->end = new->end;
	}
	q->next++;
	return 0;
}

static __always_inline int came(const bool typed, struct sock *sk, struct sk_buff *skb)
{
	struct tcp_skb_cb *cb = (void *)skb + bpf_core_field_offset(struct sk_buff, cb);
	u32 seq = ARG_READ(cb, seq), end = ARG_READ(cb, end_seq), expected;
	u64 key = (u64)sk;
	struct packet new = {};
	struct endpoints e;
	struct queue *q;
	u8 flags = 0;

	if (seq == end)
		return 0; /* it only acknowledges */
	bpf_probe_read_kernel(&flags, sizeof(flags), ARG_READ(skb, data) + FLAGS_OFFSET);
	end -= flags & TCP_FIN;
	expected = BPF_CORE_READ((struct tcp_sock *)sk, rcv_nxt);
	if (seq == end || !seq_after(end, expected))
		return 0; /* no data, or data that came before */
	new.came = bpf_ktime_get_ns();
	new.end = end;
	new.bytes = end - seq;
	new.early = seq_after(seq, expected);
	q = bpf_map_lookup_elem(&queues, &key);
	if (q)
		return packet_put(q, key, &new, expected);
	if (sock_is_path(sk)) /* MPTCP takes its data without a read */
		return 0;
	if (endpoints_filtered()) {
		endpoints_read(typed, sk, &e);
		if (!endpoints_wanted(&e))
			return 0;
	}
	{
		struct queue begun = { .sk = key, .next = 1, .end = new.early ? expected : end };

		begun.near[0] = new;
		map_put(&queues, &key, &begun);
	}
	return 0;
}

TRACEPOINT_IN_TASKS(tcp_probe, received)
{
	return came(typed, (void *)ctx[0], (void *)ctx[1]);
}

/* The same in other states: with the end of the handshake, and after we closed one direction. */
KFUNC(tcp_rcv_state_process, (struct sock * sk, struct sk_buff *skb))
{
	u8 state = ARG_READ(sk, __sk_common.skc_state);

	if (state != TCP_SYN_RECV && state != TCP_FIN_WAIT1 && state != TCP_FIN_WAIT2)
		return 0;
	return came(typed, sk, skb);
}

static __always_inline void tell(u64 key, const struct packet *p)
{
	u64 ns = bpf_ktime_get_ns() - p->came;
	struct pktlat_event *e;

	if (ns < conf.min_ns || !(e = event_new(struct pktlat_event)))
		return;
	event_begin(e);
	e->ns = ns;
	e->bytes = p->bytes;
	e->pad = 0;
	endpoints_read(false, (struct sock *)key, &e->ends);
	event_send(e);
}

enum { GONE, KEPT, LAST };

/*
 * What was read of a socket ends at END: was this packet?  The functions of loops are global, so that the verifier
 * looks at each once, not in every turn.
 */
__noinline int read_packet(u64 key, u32 number, u32 end)
{
	struct queue *q = bpf_map_lookup_elem(&queues, &key);
	struct packet *p;

	if (!q)
		return LAST;
	p = packet_find(q, key, number);
	if (!p)
		return GONE;
	if (seq_after(p->end, end))
		return p->early ? KEPT : LAST; /* all that came later is after it */
	if (q->late && !seq_after(p->end, q->late_end))
		count_add(&loss.entries, 1);
	else if (task_wanted())
		tell(key, p);
	packet_forget(q, key, number);
	return GONE;
}

/* A process has read; a peek changes nothing in copied_seq. */
TRACEPOINT_IN_TASKS(tcp_rcv_space_adjust, read)
{
	struct sock *sk = (void *)ctx[0];
	u64 key = ctx[0];
	struct queue *q = bpf_map_lookup_elem(&queues, &key);
	bool kept = false;
	u32 end, n, i;

	if (!q)
		return 0;
	end = BPF_CORE_READ((struct tcp_sock *)sk, copied_seq);
	n = q->first;
	for (i = 0; i < AT_ONCE && n != q->next; i++, n++) {
		int is = read_packet(q->sk, n, end);

		if (is == LAST)
			break;
		kept |= is == KEPT;
		if (!kept)
			q->first = n + 1;
	}
	q->late = i == AT_ONCE;
	q->late_end = end;
	if (q->first == q->next)
		bpf_map_delete_elem(&queues, &key);
	return 0;
}

/* Nobody has read this packet.  The result is ignored. */
__noinline int lose_packet(u64 key, u32 number)
{
	struct queue *q = bpf_map_lookup_elem(&queues, &key);

	if (q && packet_find(q, key, number)) {
		packet_forget(q, key, number);
		count_add(&unread, 1);
	}
	return 0;
}

TRACEPOINT_IN_TASKS(tcp_destroy_sock, destroyed)
{
	u64 key = ctx[0];
	struct queue *q = bpf_map_lookup_elem(&queues, &key);
	u32 n;

	if (!q)
		return 0;
	n = q->first;
	for (u32 i = 0; i < MOST && n != q->next; i++, n++)
		lose_packet(q->sk, n);
	bpf_map_delete_elem(&queues, &key);
	return 0;
}
