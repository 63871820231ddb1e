// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "mptcpify.h"
#include "lib/event.bpf.h"
#include "lib/hook.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

#define SOCK_STREAM    1
#define SOCK_TYPE_MASK 0xf /* the rest are SOCK_CLOEXEC and SOCK_NONBLOCK */
#define IPPROTO_TCP    6
#define IPPROTO_MPTCP  262

HASH(names, char[COMM_LEN], u8, 1024);

static __always_inline bool name_wanted(void)
{
	char comm[COMM_LEN];

	if (!conf.named)
		return true;
	task_comm_key(comm);
	return bpf_map_lookup_elem(&names, comm);
}

/* socket(2) asks it, before it looks for who implements the protocol.  Until 6.6 there was no such function. */
FMOD_RET(update_socket_protocol)
{
	s32 family = ctx[0], type = ctx[1], protocol = ctx[2], other = ctx[3];
	struct mptcp_event *e;
	bool forced = acting_now();

	if (other) /* another program has decided */
		return other;
	if ((family != AF_INET && family != AF_INET6) || (type & SOCK_TYPE_MASK) != SOCK_STREAM ||
	    (protocol && protocol != IPPROTO_TCP) || !task_wanted() || !name_wanted())
		return 0;
	e = event_new(struct mptcp_event);
	if (e) {
		event_begin(e);
		e->family = family;
		e->forced = forced;
		event_send(e);
	}
	return forced ? IPPROTO_MPTCP : 0;
}
