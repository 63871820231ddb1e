// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tcprtt.h"
#include "lib/net.bpf.h"

const volatile struct conf conf;

TABLE(rtts, struct rtt_addr, struct hist, 10240);
/* With BY_NOTHING: an array costs less than a hash. */
ARRAY_TABLE(all_rtts, struct hist, 1);
static struct hist none;

static __always_inline bool is_wanted(const volatile struct rtt_addr *want, const u32 *addr,
				      u32 family)
{
	return !want->family ||
	       (want->family == family && want->addr[0] == addr[0] && want->addr[1] == addr[1] &&
		want->addr[2] == addr[2] && want->addr[3] == addr[3]);
}

static __always_inline struct hist *hist_of(const bool typed, struct sock *sk)
{
	struct rtt_addr key;
	struct endpoints e;

	if (!conf.by && !conf.local.family && !conf.remote.family && !endpoints_filtered())
		return table_at(&all_rtts, 0);
	endpoints_read(typed, sk, &e);
	if (!endpoints_wanted(&e) || !is_wanted(&conf.local, e.laddr, e.family) ||
	    !is_wanted(&conf.remote, e.raddr, e.family))
		return NULL;
	if (!conf.by)
		return table_at(&all_rtts, 0);
	__builtin_memcpy(key.addr, conf.by == BY_LOCAL ? e.laddr : e.raddr, sizeof(key.addr));
	key.family = e.family;
	key.pad = 0;
	return table_get(&rtts, &key, &none);
}

/* A segment came for an established connection. */
TRACEPOINT_IN_TASKS(tcp_probe, received)
{
	struct sock *sk = (void *)ctx[0];
	u64 us = BPF_CORE_READ((struct tcp_sock *)sk, srtt_us) >> 3;
	struct hist *h;

	if (!us) /* not measured yet */
		return 0;
	h = hist_of(typed, sk);
	if (h)
		hist_add_exact(h, us / conf.unit, us);
	return 0;
}
