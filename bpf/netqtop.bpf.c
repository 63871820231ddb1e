// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "netqtop.h"
#include "lib/kernel_net.h"
#include "lib/map.bpf.h"
#include "lib/tracepoint.bpf.h"

const volatile struct conf conf;

PERCPU_ARRAY(queues, struct packet_counts, 1);

static __always_inline bool is_wanted(const bool typed, struct net_device *dev)
{
	struct net *net;

	if ((u32)ARG_READ(dev, ifindex) != conf.ifindex)
		return false;
	net = ARG_READ(dev, nd_net.net);
	return ARG_READ(net, ns.inum) == conf.netns;
}

static __always_inline u32 size_class(u32 len)
{
	return len < 64 ? 0 : len < 512 ? 1 : len < 2048 ? 2 : len < 16384 ? 3 : 4;
}

static __always_inline int count(u32 at, u32 len)
{
	struct packet_counts *c = bpf_map_lookup_elem(&queues, &at);

	if (!c) {
		count_add(&loss.entries, 1);
		return 0;
	}
	count_add(&c->bytes, len);
	count_add(&c->sizes[size_class(len)], 1);
	return 0;
}

TRACEPOINT(net_dev_start_xmit, sent)
{
	struct sk_buff *skb = (void *)ctx[0];
	u32 queue;

	if (!is_wanted(typed, (void *)ctx[1]))
		return 0;
	queue = ARG_READ(skb, queue_mapping);
	return count(queue < conf.tx ? queue : -1u, ARG_READ(skb, len));
}

TRACEPOINT(netif_receive_skb, received)
{
	struct sk_buff *skb = (void *)ctx[0];
	struct net_device *dev = ARG_READ_OFTEN(skb, dev);
	u32 queue, cpu, at = conf.tx;

	if (!is_wanted(typed, dev))
		return 0;
	/* One more than the queue, or 0: the driver did not say. */
	queue = ARG_READ(skb, queue_mapping);
	/* The packet was sent by this machine, and the number is that of a queue to send. */
	cpu = bpf_core_field_exists(skb->sender_cpu) ? ARG_READ(skb, sender_cpu) : 0;
	if (cpu && cpu <= conf.cpus)
		queue = 0;
	if (!queue)
		at += ARG_READ(dev, real_num_rx_queues) == 1 ? 0 : conf.rx;
	else
		at += queue - 1;
	return count(queue > conf.rx ? -1u : at, ARG_READ(skb, len));
}
