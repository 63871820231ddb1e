// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tcpconnect.h"
#include "lib/event.bpf.h"
#include "lib/net.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

TABLE(counts, struct endpoints, u64, 10240);

/* Attempts whose end is waited for, by the socket. */
struct attempt {
	u64 began;
	u32 pid, uid;
	char comm[COMM_LEN];
};
HASH(attempts, u64, struct attempt, 10240);

static __always_inline void attempt_now(struct attempt *a)
{
	a->began = bpf_ktime_get_ns();
	a->pid = task_pid();
	a->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(a->comm, sizeof(a->comm));
}

static __always_inline int report(const struct endpoints *ends, const struct attempt *a, s32 result,
				  u64 ns)
{
	struct connect_event *e = event_new(struct connect_event);

	if (!e)
		return 0;
	e->ts = a->began;
	e->ns = ns;
	e->ends = *ends;
	e->pid = a->pid;
	e->uid = a->uid;
	e->result = result;
	__builtin_memcpy(e->comm, a->comm, sizeof(e->comm));
	e->pad = 0;
	event_send(e);
	return 0;
}

static __always_inline int count(struct endpoints *ends)
{
	u64 zero = 0, *n;

	ends->lport = 0;
	n = table_get(&counts, ends, &zero);
	if (n)
		count_add(n, 1);
	return 0;
}

/* ERROR: 0: the SYN is sent, and the answer is yet to come. */
static __always_inline int began(const bool typed, struct sock *sk, void *addr, u16 family,
				 int error)
{
	struct endpoints ends;
	struct attempt a = {};
	u64 key = (u64)sk;

	if (!task_wanted() || (error && !conf.results))
		return 0;
	endpoints_read(typed, sk, &ends);
	if (error) { /* the socket has forgotten where to */
		ends.family = family;
		sockaddr_read(addr, family, ends.raddr, &ends.rport);
	}
	if (!endpoints_wanted(&ends))
		return 0;
	if (conf.count)
		return count(&ends);
	attempt_now(&a);
	if (error || !conf.results)
		return report(&ends, &a, -error, 0);
	map_put(&attempts, &key, &a);
	return 0;
}

KFUNC_RET(tcp_v4_connect, (struct sock * sk, void *addr), int error)
{
	return began(typed, sk, addr, AF_INET, error);
}

/* For a mapped address it calls tcp_v4_connect. */
KFUNC_RET(tcp_v6_connect, (struct sock * sk, void *addr), int error)
{
	u32 to[4] = {};

	bpf_probe_read_kernel(to, sizeof(to), addr + 8);
	return addr6_is_mapped(to) ? 0 : began(typed, sk, addr, AF_INET6, error);
}

TRACEPOINT_IN_TASKS(inet_sock_set_state, state_set)
{
	struct sock *sk = (void *)ctx[0];
	int old = ctx[1], new = ctx[2];
	struct endpoints ends;
	u64 key = ctx[0];
	struct attempt *a;

	if (old != TCP_SYN_SENT || !(a = bpf_map_lookup_elem(&attempts, &key)))
		return 0;
	endpoints_read(typed, sk, &ends);
	report(&ends, a, connect_result(typed, sk, new), bpf_ktime_get_ns() - a->began);
	bpf_map_delete_elem(&attempts, &key);
	return 0;
}

EVENT_SCRATCH(struct dns_event, 1);

/* A datagram on its way to a socket.  It is a DNS server's if it comes from port 53. */
KFUNC(__udp_enqueue_schedule_skb, (struct sock * sk, struct sk_buff *skb))
{
	struct dns_event *e = scratch_get(&scratch, 0);
	u32 udp = ARG_READ(skb, transport_header), begins = udp + 8, ends = ARG_READ(skb, tail);
	void *head = ARG_READ(skb, head);
	u16 port = 0;
	u64 len;

	bpf_probe_read_kernel(&port, sizeof(port), head + udp);
	if (port != bpf_htons(53) || ends <= begins || !e)
		return 0;
	__builtin_memset(&e->head, 0, sizeof(e->head));
	e->head.ts = bpf_ktime_get_ns();
	len = ends - begins;
	if (len > sizeof(e->dns)) {
		count_add(&loss.cut, 1);
		len = sizeof(e->dns);
	}
	if (bpf_probe_read_kernel(e->dns, len, head + begins))
		return 0;
	return event_output_to(e, dns, len);
}
