// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "udptop.h"
#include "lib/flow.bpf.h"
#include "lib/udp_datagrams.bpf.h"

FLOWS(struct udp_traffic);

static __always_inline struct udp_traffic *traffic4_of(const bool typed, const struct datagrams *d)
{
	struct udp_traffic zero = {};
	struct flow4_key key;
	struct ends4 ends;

	datagrams_ends4(typed, d, &ends);
	key.laddr = ends.laddr;
	key.raddr = ends.raddr;
	key.lport = bpf_ntohs(ends.lport);
	key.rport = ends.rport;
	if (!ports_wanted(key.lport, bpf_ntohs(key.rport)))
		return NULL;
	flow_task(&key, typed);
	return table_get(&flows4, &key, &zero);
}

static __always_inline struct udp_traffic *traffic6_of(const bool typed, const struct datagrams *d)
{
	struct flow_key key = { .family = AF_INET6 };
	struct udp_traffic zero = {};
	struct ends6 ends = {};

	datagrams_ends6(typed, d, &ends);
	__builtin_memcpy(key.laddr, ends.laddr, sizeof(key.laddr));
	__builtin_memcpy(key.raddr, ends.raddr, sizeof(key.raddr));
	key.lport = bpf_ntohs(ends.lport);
	key.rport = bpf_ntohs(ends.rport);
	if (!ports_wanted(key.lport, key.rport))
		return NULL;
	flow_task(&key, typed);
	return table_get(&flows6, &key, &zero);
}

static __always_inline int moved(const bool typed, struct sock *sk, const struct datagrams *d)
{
	struct udp_traffic *t;

	if (!task_wanted() || !netns_wanted(typed, sk) ||
	    !family_wanted(d->v6 ? AF_INET6 : AF_INET))
		return 0;
	t = d->v6 ? traffic6_of(typed, d) : traffic4_of(typed, d);
	if (!t)
		return 0;
	count_add(d->sent ? &t->bytes.sent : &t->bytes.received, d->bytes);
	count_add(d->sent ? &t->datagrams.sent : &t->datagrams.received, d->n);
	return 0;
}
