// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dbslower.h"
#include "lib/db_query.bpf.h"
#include "lib/event.bpf.h"

const volatile struct conf conf;

static __always_inline int query_ended(const struct db_query *q, u64 ns)
{
	struct query_event *e;

	if (ns < conf.min_ns || !(e = event_new(struct query_event)))
		return 0;
	event_begin(e);
	e->ns = ns;
	e->uid = bpf_get_current_uid_gid();
	e->cut = q->cut;
	if (e->cut)
		count_add(&loss.cut, 1);
	__builtin_memcpy(e->query, q->text, sizeof(e->query));
	event_send(e);
	return 0;
}

DB_QUERIES(query_ended)
