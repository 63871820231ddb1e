// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* UDP sockets from the moment they get a port.  The kernel counts none of their bytes, so each datagram is counted here. */
#include "udplife.h"
#include "lib/event.bpf.h"
#include "lib/owner.bpf.h"
#include "lib/udp_datagrams.bpf.h"

struct life {
	u64 born; /* CLOCK_MONOTONIC, ns */
	u64 tx, rx, tx_datagrams, rx_datagrams;
	struct owner owner;
	u32 raddr[4]; /* the first peer while the socket was not connected */
	u16 rport;
	bool v6;
	u8 peers;
	u32 pad;
};
HASH(lives, u64, struct life, 65536);

KFUNC(udp_lib_get_port, (struct sock * sk))
{
	struct life life = { .born = bpf_ktime_get_ns() };
	u64 key = (u64)sk;

	if (bpf_map_lookup_elem(&lives, &key)) /* it had another one before */
		return 0;
	owner_note(&life.owner);
	map_put(&lives, &key, &life);
	return 0;
}

static __always_inline void peer_note(const bool typed, struct life *life,
				      const struct datagrams *d)
{
	struct ends6 ends = {};
	struct ends4 ends4;

	if (d->v6) {
		datagrams_ends6(typed, d, &ends);
	} else {
		datagrams_ends4(typed, d, &ends4);
		ends.raddr[0] = ends4.raddr;
		ends.rport = ends4.rport;
	}
	if (life->peers == PEERS_NONE) {
		__builtin_memcpy(life->raddr, ends.raddr, sizeof(life->raddr));
		life->rport = ends.rport;
		life->v6 = d->v6;
		life->peers = PEERS_ONE;
	} else if (life->v6 != d->v6 || life->rport != ends.rport ||
		   life->raddr[0] != ends.raddr[0] || life->raddr[1] != ends.raddr[1] ||
		   life->raddr[2] != ends.raddr[2] || life->raddr[3] != ends.raddr[3]) {
		life->peers = PEERS_SEVERAL;
	}
}

static __always_inline int moved(const bool typed, struct sock *sk, const struct datagrams *d)
{
	u64 key = (u64)sk;
	struct life *life = bpf_map_lookup_elem(&lives, &key);

	if (!life)
		return 0;
	count_add(d->sent ? &life->tx : &life->rx, d->bytes);
	count_add(d->sent ? &life->tx_datagrams : &life->rx_datagrams, d->n);
	if (life->peers != PEERS_SEVERAL && !ARG_READ(sk, __sk_common.skc_dport))
		peer_note(typed, life, d);
	return 0;
}

static __always_inline u32 drops_of(const bool typed, struct sock *sk)
{
	struct numa_drop_counters *by_node = NULL;

	if (bpf_core_field_exists(sk->sk_drop_counters))
		by_node = ARG_READ(sk, sk_drop_counters);
	if (by_node)
		return BPF_CORE_READ(by_node, drops0.counter) +
		       BPF_CORE_READ(by_node, drops1.counter);
	return ARG_READ(sk, sk_drops.counter);
}

static __always_inline void ends_put(const bool typed, struct udp_life_event *e, struct sock *sk,
				     const struct life *life)
{
	endpoints_read(typed, sk, &e->ends);
	e->peers = e->ends.rport ? PEERS_ONE : life->peers;
	if (e->ends.rport || life->peers != PEERS_ONE)
		return;
	e->ends.rport = bpf_ntohs(life->rport);
	__builtin_memcpy(e->ends.raddr, life->raddr, sizeof(e->ends.raddr));
	if (!life->v6)
		e->ends.family = AF_INET; /* an IPv6 socket without an address can talk it, too */
}

static __always_inline int ended(const bool typed, struct sock *sk)
{
	u64 key = (u64)sk;
	struct life *life = bpf_map_lookup_elem(&lives, &key);
	struct udp_life_event *e;

	if (!life)
		return 0;
	owner_note(&life->owner);
	if (!owner_wanted(&life->owner) || !(e = event_new(struct udp_life_event)))
		goto out;
	e->tx_datagrams = life->tx_datagrams;
	e->rx_datagrams = life->rx_datagrams;
	e->drops = drops_of(typed, sk);
	ends_put(typed, e, sk, life);
	/* One that could not be bound, or had its port only while it was connected, and moved nothing. */
	if (!endpoints_wanted(&e->ends) ||
	    (!e->ends.lport && !e->tx_datagrams && !e->rx_datagrams && !e->drops)) {
		event_drop(e);
		goto out;
	}
	e->ts = bpf_ktime_get_ns();
	e->ns = e->ts - life->born;
	e->tx = life->tx;
	e->rx = life->rx;
	e->owner = life->owner;
	event_send(e);
out:
	bpf_map_delete_elem(&lives, &key);
	return 0;
}

KFUNC(udp_destroy_sock, (struct sock * sk))
{
	return ended(typed, sk);
}

KFUNC(udpv6_destroy_sock, (struct sock * sk))
{
	return ended(typed, sk);
}
