// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tcpsynbl.h"
#include "lib/packet.bpf.h"

TABLE(backlogs, struct backlog_key, struct hist, 10240);
static struct hist empty;

static __always_inline int came(const bool typed, struct sock *listener)
{
	struct backlog_key key = {};
	struct hist *h;

	if (!ports_wanted(sock_lport(typed, listener), 0) || !netns_wanted(typed, listener))
		return 0;
	key.max = ARG_READ(listener, sk_max_ack_backlog);
	h = table_get(&backlogs, &key, &empty);
	if (h)
		hist_add(h, ARG_READ(listener, sk_ack_backlog));
	return 0;
}

KFUNC(tcp_v4_syn_recv_sock, (struct sock * sk))
{
	return came(typed, sk);
}

KFUNC(tcp_v6_syn_recv_sock, (struct sock * sk, struct sk_buff *skb))
{
	/* For a connection by IPv4, it calls the other one. */
	return ARG_READ(skb, protocol) == bpf_htons(ETH_P_IP) ? 0 : came(typed, sk);
}
