// SPDX-License-Identifier: BSD-2-Clause
/* rdmaucma: trace events of RDMA connections of programs.  After BCC's, by zhenwei pi. */
#include "rdmaucma.h"
#include "domain/net.h"
#include "kernel/kbtf.h"
#include "main/tool.h"
#include "rdmaucma.skel.h"
#include <sys/socket.h>

/* It is in the module rdma_ucm. */
static const struct probe probes[] = {
	{ "RDMA connections of programs, for which it needs the module rdma_ucm",
	  { "ucma_event" } },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FLAG('D', "debug", &run.verbose, "The same as -v"),
	{ 0 },
};

/* By their numbers in the kernel; the words are BCC's. */
static const char *const events[] = {
	"address resolved", "address error",    "route resolved", "route error",
	"connect request",  "connect response", "connect error",  "unreachable",
	"rejected",         "established",      "disconnected",   "device removal",
	"multicast join",   "multicast error",  "address change", "timewait exit",
};

#define EVENTS_KNOWN (sizeof(events) / sizeof(*events))

/* InfiniBand has addresses of its own. */
static bool is_ip(const struct ucma_event *e)
{
	return e->ends.family == AF_INET || e->ends.family == AF_INET6;
}

CELL(event, ucma_event, value_str(e->event < EVENTS_KNOWN ? events[e->event] : "unknown event"))
CELL(family, ucma_event,
     e->ends.family == AF_INET    ? value_str("IPv4")
     : e->ends.family == AF_INET6 ? value_str("IPv6")
				  : value_none("?"))
CELL(local, ucma_event, is_ip(e) ? local_value(&e->ends) : value_none("?"))
CELL(remote, ucma_event, is_ip(e) ? remote_value(&e->ends) : value_none("?"))
CELL(version, ucma_event, is_ip(e) ? ip_version_value(&e->ends) : value_none(NULL))
CELL(laddr, ucma_event, is_ip(e) ? laddr_value(&e->ends) : value_none("?"))
CELL(raddr, ucma_event, is_ip(e) ? raddr_value(&e->ends) : value_none("?"))

static const struct col cols[] = {
	{ COL_AS(kind_clock, "Timestamp", -9, ucma_event, ts), TEXT_ONLY, HELP("Time of day") },
	{ COLF("Event", -16, event), HELP("What happened") },
	{ COLF("Family", -6, family),
	  HELP("IPv4 or IPv6 (JSON: family, 4 or 6); ? (JSON: null) for addresses of InfiniBand, "
	       "which are not shown"),
	  TEXT_ONLY },
	{ COLF("family", 0, version), HELP("IP version: 4 or 6"), JSON_ONLY },
	{ COLF("Local", -45, local), HELP("Local address and port (JSON: laddr and lport)"),
	  TEXT_ONLY },
	{ COLF("laddr", 0, laddr), HELP("Local address"), JSON_ONLY },
	{ COL_LPORT("lport", 0, ucma_event, ends), JSON_ONLY },
	{ COLF("Remote", -45, remote), HELP("Remote address and port (JSON: raddr and rport)"),
	  TEXT_ONLY },
	{ COLF("raddr", 0, raddr), HELP("Remote address"), JSON_ONLY },
	{ COL_RPORT("rport", 0, ucma_event, ends), JSON_ONLY },
	{ COL("status", 0, ucma_event, status),
	  HELP("0; a negative error number; of a connection that was rejected, the reason"),
	  JSON_ONLY },
	{ 0 },
};

static void targets(void)
{
	kbtf_use_module("rdma_ucm");
	probe_target("ucma_event", "ucma_event_handler");
}

TOOL(rdmaucma, .summary = "Trace events of the RDMA connections of programs.",
     .examples = "Examples:\n"
		 "  rdmaucma            # until Ctrl-C\n"
		 "  rdmaucma --json -- rping -c -a 192.0.2.10 -C 1",
     .probes = probes, .opts = opts, .cols = cols, EVENTS(ucma_event), .targets = targets,
     .banner = "Tracing RDMA Userspace Connection Manager Access event... Hit Ctrl-C to end.")
