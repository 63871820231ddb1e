/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose socket it is.  Much of TCP runs in interrupts, where the current task is whoever was
 * interrupted.  A socket that is locked for a system call (sk_lock.owned) is not handled there: so
 * then the current task is one that uses the socket.
 */
#pragma once
#include "net.bpf.h"
#include "task.bpf.h"

#define PF_KTHREAD 0x00200000

struct task_struct___flags {
	unsigned int flags;
} __attribute__((preserve_access_index));

static __always_inline bool sock_in_use(const bool typed, struct sock *sk)
{
	return ARG_READ(sk, sk_lock.owned);
}

/* The current task uses the socket.  A kernel thread that closes it on behalf of a process is not its owner. */
static __always_inline void owner_note(struct owner *o)
{
	if (o->known &&
	    BPF_CORE_READ((struct task_struct___flags *)task_current(), flags) & PF_KTHREAD)
		return;
	o->pid = task_pid();
	o->known = true;
	o->wanted = task_wanted();
	bpf_get_current_comm(o->comm, sizeof(o->comm));
}

/* Did the user ask for sockets of such an owner?  If for some tasks only, then not for those of nobody known. */
static __always_inline bool owner_wanted(const struct owner *o)
{
	return !task_filter_set() || (o->known && o->wanted);
}

/*
 * Also note who accepts a connection.  OF(sk) is a function that finds the struct owner of a socket,
 * or returns NULL.  The tool's .probes need OWNERS_SEEN.
 */
#define OWNERS_ACCEPTING(of)                                                     \
	static __always_inline int owner_accepts(struct sock *sk)                \
	{                                                                        \
		struct owner *o = of(sk);                                        \
                                                                                 \
		if (o)                                                           \
			owner_note(o);                                           \
		return 0;                                                        \
	}                                                                        \
	KFUNC(security_sock_graft, (struct sock * sk))                           \
	{                                                                        \
		return owner_accepts(sk);                                        \
	}                                                                        \
	KFUNC_RET(inet_csk_accept, (struct sock * listener), struct sock *child) \
	{                                                                        \
		return owner_accepts(child);                                     \
	}

/*
 * For tools that see sockets where nobody is known to use them, such as in a timer: the owners of all
 * connections, from the moment they are made or accepted.  .probes needs OWNERS_KEPT and OWNERS_SEEN.
 */
#define OWNERS                                                                         \
	HASH(owners, u64, struct owner, 65536);                                        \
	static __always_inline int owners_put(struct sock *sk)                         \
	{                                                                              \
		struct owner o = {};                                                   \
		u64 key = (u64)sk;                                                     \
                                                                                       \
		if (!sk || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP ||            \
		    BPF_CORE_READ(sk, __sk_common.skc_state) == TCP_CLOSE)             \
			return 0;                                                      \
		owner_note(&o);                                                        \
		map_put(&owners, &key, &o);                                            \
		return 0;                                                              \
	}                                                                              \
	TRACEPOINT_IN_TASKS(inet_sock_set_state, owners_change)                        \
	{                                                                              \
		u64 key = ctx[0];                                                      \
		struct owner o = {};                                                   \
                                                                                       \
		if ((int)ctx[2] == TCP_CLOSE) {                                        \
			bpf_map_delete_elem(&owners, &key);                            \
		} else if ((int)ctx[2] == TCP_SYN_SENT || (int)ctx[2] == TCP_LISTEN) { \
			owner_note(&o);                                                \
			map_put(&owners, &key, &o);                                    \
		}                                                                      \
		return 0;                                                              \
	}                                                                              \
	KFUNC(security_sock_graft, (struct sock * sk))                                 \
	{                                                                              \
		return owners_put(sk);                                                 \
	}                                                                              \
	KFUNC_RET(inet_csk_accept, (struct sock * listener), struct sock *sk)          \
	{                                                                              \
		return owners_put(sk);                                                 \
	}                                                                              \
	/* The owner of SK as far as it was seen, or none (all zero). */               \
	static __always_inline void owners_find(struct sock *sk, struct owner *to)     \
	{                                                                              \
		u64 key = (u64)sk;                                                     \
		struct owner *o = bpf_map_lookup_elem(&owners, &key);                  \
                                                                                       \
		__builtin_memset(to, 0, sizeof(*to));                                  \
		if (o)                                                                 \
			*to = *o;                                                      \
	}                                                                              \
	/* The same where a socket that is in use is only handled by its user. */      \
	static __always_inline __attribute__((unused)) void owners_get(                \
		const bool typed, struct sock *sk, struct owner *to)                   \
	{                                                                              \
		if (!sock_in_use(typed, sk)) {                                         \
			owners_find(sk, to);                                           \
			return;                                                        \
		}                                                                      \
		__builtin_memset(to, 0, sizeof(*to));                                  \
		owner_note(to);                                                        \
	}
