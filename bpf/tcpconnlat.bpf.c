// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tcpconnlat.h"
#include "lib/event.bpf.h"
#include "lib/net.bpf.h"
#include "lib/task.bpf.h"

#define ECONNREFUSED 111

const volatile struct conf conf;

/* Attempts whose end is waited for, by the socket. */
struct attempt {
	u64 began;
	u32 pid, pad;
	char comm[COMM_LEN];
};
HASH(attempts, u64, struct attempt, 10240);

static __always_inline int began(u64 key)
{
	struct attempt a = {};

	if (!task_wanted())
		return 0;
	a.pid = task_pid();
	bpf_get_current_comm(a.comm, sizeof(a.comm));
	a.began = bpf_ktime_get_ns();
	map_put(&attempts, &key, &a);
	return 0;
}

static __always_inline int ended(const bool typed, struct sock *sk, int new, struct attempt *a)
{
	u64 now = bpf_ktime_get_ns();
	s32 result = connect_result(typed, sk, new);
	struct connlat_event *e;

	if (now - a->began < conf.min_ns || (result && result != ECONNREFUSED && !conf.results) ||
	    !(e = event_new(struct connlat_event)))
		return 0;
	endpoints_read(typed, sk, &e->ends);
	if (!endpoints_wanted(&e->ends)) {
		event_drop(e);
		return 0;
	}
	e->ts = now;
	e->ns = now - a->began;
	e->pid = a->pid;
	e->result = result;
	__builtin_memcpy(e->comm, a->comm, sizeof(e->comm));
	event_send(e);
	return 0;
}

/* A connect sends its SYN in this state, and leaves it with the answer. */
TRACEPOINT_IN_TASKS(inet_sock_set_state, state_set)
{
	struct sock *sk = (void *)ctx[0];
	int old = ctx[1], new = ctx[2];
	u64 key = ctx[0];
	struct attempt *a;

	if (new == TCP_SYN_SENT)
		return ARG_READ(sk, sk_protocol) == IPPROTO_TCP ? began(key) : 0;
	if (old != TCP_SYN_SENT || !(a = bpf_map_lookup_elem(&attempts, &key)))
		return 0;
	ended(typed, sk, new, a);
	bpf_map_delete_elem(&attempts, &key);
	return 0;
}
