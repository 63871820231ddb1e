// SPDX-License-Identifier: BSD-2-Clause
/* tcpsynbl: how full the queues of connections to accept are.  After BCC's, by Brendan Gregg. */
#include "tcpsynbl.h"
#include "domain/net.h"
#include "main/tool.h"
#include "output/hist.h"
#include "tcpsynbl.skel.h"

static bool ipv4, ipv6;

static const struct probe probes[] = {
	{ "connections by IPv4", { "tcp_v4_syn_recv_sock" }, .wanted = &ipv4 },
	{ "connections by IPv6", { "tcp_v6_syn_recv_sock" }, .wanted = &ipv6, .optional = true },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FAMILY, OPT_TIMESTAMP('T'), OPT_LPORTS(0, "localport"), OPT_NETNS(0, "netns"), { 0 },
};

static const struct col cols[] = {
	{ COL("backlog_max", 0, backlog, k.max),
	  HELP("Limit of the listeners' queues: that of listen(2), or sysctl net.core.somaxconn") },
	{ COL("backlog", 0, backlog, v),
	  HELP("Connections that were in the queue already, as each came") },
	{ COL("total", 0, backlog, v.sum), HELP("Sum of these numbers"), JSON_ONLY },
	{ COL_OF(hist_values, "count", 0, backlog, v), HELP("Number of connections that came"),
	  JSON_ONLY },
	{ 0 },
};

static void parsed(void)
{
	ipv4 = !given('6');
	ipv6 = !given('4');
}

static int compare(const void *a, const void *b)
{
	const struct backlog *x = a, *y = b;

	return (x->k.max > y->k.max) - (x->k.max < y->k.max);
}

TOOL(tcpsynbl,
     .summary = "Show how full the queues of TCP connections to accept are, as histograms.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  tcpsynbl                 # until Ctrl-C\n"
		 "  tcpsynbl -T 1 10         # ten reports, one per second\n"
		 "  tcpsynbl --localport 443 # of one server",
     .probes = probes, .opts = opts, .cols = cols, ENTRIES("backlogs", backlog),
     .report = REPORT_HIST, .compare = compare, .parsed = parsed, NET_FILTER,
     .banner = "Tracing SYN backlog size. Ctrl-C to end.")
