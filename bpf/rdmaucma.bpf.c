// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "rdmaucma.h"
#include "lib/event.bpf.h"
#include "lib/net.bpf.h"

/* How these begin, from 5.10 to 7.3.  They are in modules, whose types 5.10 lacks. */
struct rdma_cm_id {
	void *device, *context, *qp, *event_handler;
	char src_addr[128], dst_addr[128]; /* struct sockaddr_storage */
};
struct rdma_cm_event {
	u32 event;
	s32 status;
};

/* A stand-in for ucma_event_handler(), which is in a module. */
KFUNC(ucma_event, (struct rdma_cm_id * id, struct rdma_cm_event *event))
{
	struct rdma_cm_event what = {};
	struct ucma_event *e;
	u16 family = 0;

	e = event_new(struct ucma_event);
	if (!e)
		return 0;
	bpf_probe_read_kernel(&what, sizeof(what), event);
	bpf_probe_read_kernel(&family, sizeof(family), &id->src_addr);
	e->ts = bpf_ktime_get_ns();
	e->event = what.event;
	e->status = what.status;
	e->pad = 0;
	e->ends.family = family;
	e->ends.netns = e->ends.pad = 0;
	sockaddr_read(&id->src_addr, family, e->ends.laddr, &e->ends.lport);
	sockaddr_read(&id->dst_addr, family, e->ends.raddr, &e->ends.rport);
	event_send(e);
	return 0;
}
