// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "tcpaccept.h"
#include "lib/event.bpf.h"
#include "lib/net.bpf.h"
#include "lib/task.bpf.h"

static __always_inline int accepted(const bool typed, struct sock *sk)
{
	struct accept_event *e;

	if (!task_wanted() || !(e = event_new(struct accept_event)))
		return 0;
	connection_read(typed, sk, &e->ends);
	if (!endpoints_wanted(&e->ends)) {
		event_drop(e);
		return 0;
	}
	event_begin(e);
	event_send(e);
	return 0;
}

ACCEPTS(accepted)
