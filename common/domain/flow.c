// SPDX-License-Identifier: BSD-2-Clause
#include "domain/flow.h"
#include <arpa/inet.h>
#include <string.h>

u32 flow_sort; /* by an index of: */
const char *const flow_sorts[] = { "all", "sent", "received", NULL };

/* How the record of every such tool begins. */
struct flow_rec {
	struct flow_key key;
	struct traffic bytes;
};

static const struct endpoint *local(const struct flow_key *k)
{
	static struct endpoint e;

	e = (struct endpoint){ k->family, k->laddr, k->lport };
	return &e;
}

static const struct endpoint *remote(const struct flow_key *k)
{
	static struct endpoint e;

	e = (struct endpoint){ k->family, k->raddr, k->rport };
	return &e;
}

struct value flow_local(const void *key)
{
	return value_ip_port(local(key));
}

struct value flow_remote(const void *key)
{
	return value_ip_port(remote(key));
}

struct value flow_lip(const void *key)
{
	return value_ip(local(key));
}

struct value flow_rip(const void *key)
{
	return value_ip(remote(key));
}

bool flow_is_ipv6(struct rec r)
{
	return ((const struct flow_key *)r.p)->family == AF_INET6;
}

struct value flow_family(const void *key)
{
	return value_int(((const struct flow_key *)key)->family == AF_INET6 ? 6 : 4);
}

static u64 weight(const void *rec)
{
	const struct traffic *t = &((const struct flow_rec *)rec)->bytes;

	return flow_sort == 1 ? t->sent : flow_sort == 2 ? t->received : t->sent + t->received;
}

int flow_compare(const void *a, const void *b)
{
	u64 x = weight(a), y = weight(b);

	return (x < y) - (x > y);
}

void flow_unfold(void *rec, const void *entry)
{
	const struct flow4_key *from = entry;
	struct flow_key *to = rec;

	*to = (struct flow_key){
		.laddr = { from->laddr },
		.raddr = { from->raddr },
		.lport = from->lport,
		.rport = ntohs(from->rport),
		.pid = from->pid,
		.family = AF_INET,
	};
	memcpy(to->comm, from->comm, COMM_LEN);
	memcpy(to + 1, from + 1, run.tool->rec_size - run.tool->key_size);
}

void flow_parsed(void)
{
	screen_sorted_by(flow_sort == 1 ? "TX_KB" : flow_sort == 2 ? "RX_KB" : NULL, false);
}
