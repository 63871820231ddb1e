// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A time counts when its state ends: by a change, or with the connection.  The tool adds those that
 * have not ended when tracing does.
 */
#include "tcpcong.h"
#include "lib/net.bpf.h"
#include "lib/probe.bpf.h"

#define UNKNOWN CONG_STATES

const volatile struct conf conf;

u64 began;    /* tracing, CLOCK_MONOTONIC, ns */
bool stopped; /* the tool counts the rest */

TABLE(times, struct endpoints, struct cong_times, 10240);
TABLE(dists, struct cong_key, struct hist, 16);
SPARSE_HASH(conns, u64, struct cong_conn, 262144);
static struct cong_times no_times;
static struct hist no_hist;

static __always_inline u32 state_of(struct sock *sk)
{
	struct inet_connection_sock *icsk = (void *)sk;

	return BPF_CORE_READ_BITFIELD_PROBED(icsk, icsk_ca_state);
}

static __always_inline struct cong_times *times_of(struct cong_conn *conn)
{
	struct endpoints key = conn->ends;

	return table_get(&times, &key, &no_times);
}

/* The state of a connection ends. */
static __always_inline void spent(struct cong_conn *conn, u64 now)
{
	u64 since = conn->since > began ? conn->since : began, ns = now > since ? now - since : 0;
	struct cong_key key = { .state = conn->state };
	struct cong_times *t;
	struct hist *h;

	if (key.state >= CONG_STATES)
		return;
	if (conf.dist) {
		h = table_get(&dists, &key, &no_hist);
		if (h)
			hist_add_exact(h, ns / conf.unit, ns);
	} else {
		t = times_of(conn);
		if (t)
			count_add(&t->ns[key.state], ns);
	}
}

/* It gets its row. */
static __always_inline void list(const bool typed, struct sock *sk, struct cong_conn *conn)
{
	endpoints_read(typed, sk, &conn->ends);
	conn->listed = true;
}

/*
 * The state is set to NEW, perhaps to what it was.  OLD is for connections that were there before tracing began,
 * and those that still connect.
 */
static __always_inline int set(const bool typed, struct sock *sk, u32 old, u32 new)
{
	struct cong_conn fresh = {}, *conn;
	struct cong_times *t;
	u64 key = (u64)sk, now;
	u8 state;

	if (stopped)
		return 0;
	conn = bpf_map_lookup_elem(&conns, &key);
	if (!conn) {
		state = ARG_READ(sk, __sk_common.skc_state);
		if (new == CONG_OPEN && (old == CONG_OPEN || old == UNKNOWN))
			return 0;
		if (state == TCP_CLOSE || state == TCP_LISTEN)
			return 0;
		list(typed, sk, &fresh);
		if (!endpoints_wanted(&fresh.ends))
			return 0;
		fresh.state = old;
		fresh.since = state == TCP_SYN_SENT ? bpf_ktime_get_ns() : 0;
		if (!map_put(&conns, &key, &fresh))
			return 0;
		conn = bpf_map_lookup_elem(&conns, &key);
		if (!conn)
			return 0;
	}
	if (conn->state == new)
		return 0;
	if (!conn->listed)
		list(typed, sk, conn);
	now = bpf_ktime_get_ns();
	spent(conn, now);
	if (!conf.dist && (t = times_of(conn)))
		count_add(&t->changes, 1);
	conn->state = new;
	conn->since = now;
	return 0;
}

TRACEPOINT_IN_TASKS(tcp_cong_state_set, state_set)
{
	struct sock *sk = (void *)ctx[0];

	return set(typed, sk, state_of(sk), ctx[1] & 0xff);
}

/*
 * Before Linux 5.19 there is no such tracepoint.  All changes happen in these functions, which return nothing.
 */
#define SETS_STATE(f)                                          \
	enum { f##_func = __COUNTER__ };                       \
	KF_BEGIN                                               \
	SEC("?fexit/" #f) int f##_fexit(u64 *ctx)              \
	{                                                      \
		struct sock *sk = (void *)ctx[0];              \
		return set(true, sk, UNKNOWN, state_of(sk));   \
	}                                                      \
	SEC("?kprobe/" #f) int f##_call(void *ctx)             \
	{                                                      \
		struct call call = { .args = { KREG0(ctx) } }; \
		return call_enter(f##_func, &call);            \
	}                                                      \
	SEC("?kretprobe/" #f) int f##_kretprobe(void *ctx)     \
	{                                                      \
		struct call call;                              \
		struct sock *sk;                               \
		if (!call_leave(f##_func, &call))              \
			return 0;                              \
		sk = (void *)call.args[0];                     \
		return set(false, sk, UNKNOWN, state_of(sk));  \
	}                                                      \
	KF_END

SETS_STATE(tcp_fastretrans_alert)
SETS_STATE(tcp_enter_cwr)
SETS_STATE(tcp_enter_loss)
SETS_STATE(tcp_enter_recovery)
SETS_STATE(tcp_simple_retransmit)

static __always_inline int connected(const bool typed, struct sock *sk)
{
	struct cong_conn conn = { .since = bpf_ktime_get_ns() }, *there;
	u64 key = (u64)sk;

	/* If SYNs were lost, it is there already, and listed. */
	there = bpf_map_lookup_elem(&conns, &key);
	if (there && there->listed)
		return 0;
	if (endpoints_filtered()) {
		endpoints_read(typed, sk, &conn.ends);
		if (!endpoints_wanted(&conn.ends))
			return 0;
	}
	map_put(&conns, &key, &conn);
	return 0;
}

TRACEPOINT_IN_TASKS(inet_sock_set_state, connection_changed)
{
	struct sock *sk = (void *)ctx[0];
	u64 key = ctx[0];
	struct cong_conn *conn;
	int new = ctx[2];

	if (stopped || (new != TCP_ESTABLISHED &&new != TCP_CLOSE))
		return 0;
	if (ARG_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	if (new == TCP_ESTABLISHED)
		return connected(typed, sk);
	conn = bpf_map_lookup_elem(&conns, &key);
	if (!conn)
		return 0;
	if (conn->listed)
		spent(conn, bpf_ktime_get_ns());
	bpf_map_delete_elem(&conns, &key);
	return 0;
}
