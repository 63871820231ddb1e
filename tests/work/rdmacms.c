// SPDX-License-Identifier: BSD-2-Clause
/*
 * rdmacms FILE N ADDRESS...: asks the RDMA connection manager N times to resolve each of these addresses, which is in a network
 * without RDMA, and writes what came of it:
 *	[EVENT,STATUS,4|6,"LOCAL",PORT,"REMOTE",PORT]
 */
#include "sockets.h"
#include "work.h"
#include <fcntl.h>
#include <poll.h>
#include <rdma/rdma_user_cm.h>
#include <stdint.h>
#include <unistd.h>

static int cm;

#define ASK(number, what, answer)                                                               \
	({                                                                                      \
		struct {                                                                        \
			struct rdma_ucm_cmd_hdr head;                                           \
			typeof(what) body;                                                      \
		} __attribute__((packed))                                                       \
		all = { { .cmd = (number), .in = sizeof(what), .out = sizeof(answer) }, what }; \
		if (write(cm, &all, sizeof(all)) != sizeof(all))                                \
			err(1, #number);                                                        \
	})

static void resolve(const char *to, int port)
{
	struct rdma_ucm_create_id_resp id;
	struct rdma_ucm_create_id create = {
		.uid = 1, .response = (uintptr_t)&id, .ps = RDMA_PS_TCP, .qp_type = 2
	};
	struct rdma_ucm_resolve_ip ask = { .timeout_ms = 5000 };
	struct rdma_ucm_event_resp event;
	struct rdma_ucm_get_event get = { .response = (uintptr_t)&event };
	struct rdma_ucm_query_addr_resp ends;
	struct rdma_ucm_query query = { .response = (uintptr_t)&ends,
					.option = RDMA_USER_CM_QUERY_ADDR };
	struct pollfd p = { .fd = cm, .events = POLLIN };
	struct address local, remote;

	ASK(RDMA_USER_CM_CMD_CREATE_ID, create, id);
	ask.id = query.id = id.id;
	ask.dst_addr.sin6_family = strchr(to, ':') ? AF_INET6 : AF_INET;
	ask.dst_addr.sin6_port = htons(port);
	if (ask.dst_addr.sin6_family == AF_INET6)
		inet_pton(AF_INET6, to, &ask.dst_addr.sin6_addr);
	else
		inet_pton(AF_INET, to, &((struct sockaddr_in *)&ask.dst_addr)->sin_addr);
	ASK(RDMA_USER_CM_CMD_RESOLVE_IP, ask, ask);
	if (poll(&p, 1, 10000) != 1)
		errx(1, "no event");
	ASK(RDMA_USER_CM_CMD_GET_EVENT, get, event);
	ASK(RDMA_USER_CM_CMD_QUERY, query, ends);
	local = address_of(&ends.src_addr);
	remote = address_of(&ends.dst_addr);
	expect("[%u,%d,%d,\"%s\",%d,\"%s\",%d]", event.event, (int)event.status, remote.family,
	       local.ip, local.port, remote.ip, remote.port);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		errx(2, "rdmacms FILE N ADDRESS...");
	expect_to(argv[1]);
	cm = open("/dev/infiniband/rdma_cm", O_RDWR | O_CLOEXEC);
	if (cm < 0)
		err(1, "/dev/infiniband/rdma_cm");
	for (int a = 3; a < argc; a++)
		for (int i = 0; i < atoi(argv[2]); i++)
			resolve(argv[a], a * 1000 + i);
	return 0;
}
