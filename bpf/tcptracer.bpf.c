// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tcptracer.h"
#include "lib/event.bpf.h"
#include "lib/net.bpf.h"
#include "lib/task.bpf.h"

/* Who did it. */
struct who {
	u32 pid, uid;
	char comm[COMM_LEN];
};
/* The programs that are connecting, by the socket. */
HASH(connecting, u64, struct who, 65536);

static __always_inline void who_is_current(struct who *w)
{
	w->pid = task_pid();
	w->uid = bpf_get_current_uid_gid();
	bpf_get_current_comm(w->comm, sizeof(w->comm));
}

static __always_inline int report(const bool typed, struct sock *sk, u32 kind, const struct who *w)
{
	struct trace_event *e = event_new(struct trace_event);

	if (!e)
		return 0;
	connection_read(typed, sk, &e->ends);
	/* A socket that was disconnected has no other end. */
	if (!e->ends.rport || !endpoints_wanted(&e->ends)) {
		event_drop(e);
		return 0;
	}
	e->ts = bpf_ktime_get_ns();
	e->pid = w->pid;
	e->uid = w->uid;
	e->kind = kind;
	e->pad = 0;
	__builtin_memcpy(e->comm, w->comm, sizeof(e->comm));
	event_send(e);
	return 0;
}

static __always_inline int report_current(const bool typed, struct sock *sk, u32 kind)
{
	struct who w = {};

	if (!task_wanted())
		return 0;
	who_is_current(&w);
	return report(typed, sk, kind, &w);
}

/* A connection is made in an interrupt, but begins in a system call. */
TRACEPOINT_IN_TASKS(inet_sock_set_state, state_set)
{
	struct sock *sk = (void *)ctx[0];
	int new = ctx[2];
	u64 key = ctx[0];
	struct who *w, me = {};

	if (new == TCP_SYN_SENT) {
		if (ARG_READ(sk, sk_protocol) != IPPROTO_TCP || !task_wanted())
			return 0;
		who_is_current(&me);
		map_put(&connecting, &key, &me);
	} else if (new == TCP_ESTABLISHED || new == TCP_CLOSE) {
		w = bpf_map_lookup_elem(&connecting, &key);
		if (!w)
			return 0;
		if (new == TCP_ESTABLISHED)
			report(typed, sk, TRACE_CONNECT, w);
		bpf_map_delete_elem(&connecting, &key);
	}
	return 0;
}

static __always_inline int accepted(const bool typed, struct sock *sk)
{
	return report_current(typed, sk, TRACE_ACCEPT);
}
ACCEPTS(accepted)

/* Was there ever a connection?  A socket that was refused one never received a sequence number. */
static __always_inline bool was_connected(const bool typed, struct sock *sk)
{
	switch (ARG_READ(sk, __sk_common.skc_state)) {
	case TCP_LISTEN:
	case TCP_SYN_SENT:
	case TCP_SYN_RECV:
	case TCP_NEW_SYN_RECV:
		return false;
	case TCP_CLOSE:
		return BPF_CORE_READ((struct tcp_sock *)sk, rcv_nxt);
	default:
		return true;
	}
}

KFUNC(tcp_close, (struct sock * sk))
{
	if (!was_connected(typed, sk) || sock_is_path(sk))
		return 0;
	return report_current(typed, sk, TRACE_CLOSE);
}

KFUNC(mptcp_close, (struct sock * sk))
{
	struct sock *first = NULL;

	if (bpf_core_type_exists(struct mptcp_sock))
		first = BPF_CORE_READ((struct mptcp_sock *)sk, first);
	if (!first || !was_connected(false, first))
		return 0;
	return report_current(typed, sk, TRACE_CLOSE);
}
