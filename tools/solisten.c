// SPDX-License-Identifier: BSD-2-Clause
/* solisten: trace sockets that begin to listen.  After BCC's, by Jean-Tiare Le Bigot. */
#include "solisten.h"
#include "domain/net.h"
#include "main/tool.h"
#include "solisten.skel.h"
#include <netinet/in.h>

static struct conf conf;

static const struct probe probes[] = {
	{ "listens", { "inet_listen" }, .rare = true },
	/* A kernel without the first has no such sockets. */
	{ "listens of Multipath TCP", { "mptcp_listen", "inet_listen" }, .rare = true },
	{ 0 },
};

#define SHOW_NETNS 1 /* --show-netns was given; see opt_imply() */

static void show_netns(const char *arg)
{
	(void)arg;
	opt_imply(SHOW_NETNS);
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_NETNS('n', "netns"),
	OPT_CALL(0, "show-netns", NULL, show_netns, "Show the network namespace"),
	OPT_LPORTS('P', "port"),
	OPT_FAMILY,
	OPT_UID,
	OPT_CONTAINER(0),
	{ 0 },
};

/* BCC's name of a protocol: with the IP version. */
static const char *versioned(const struct listen_event *e)
{
	bool six = e->ends.family == AF_INET6;

	if (e->protocol == IPPROTO_MPTCP)
		return six ? "MPTCPv6" : "MPTCPv4";
	return six ? "TCPv6" : "TCPv4";
}

CELL(proto, listen_event, value_str(versioned(e)))
CELL(protocol, listen_event, value_str(ip_protocol_name(e->protocol)))

static const struct col cols[] = {
	{ COL_TIME(-8, listen_event), HELP("Time of day"),
	  SHOW('T', "time", "Show the time of day") },
	{ COL_TIME_S6(-9, listen_event), HELP("Time in seconds since the first row"),
	  SHOW('t', "timestamp", "Show the time in seconds") },
	{ COL("PID", -7, listen_event, pid), HELP("Process that called listen(2)") },
	{ COL("tid", 0, listen_event, tid), HELP("Its thread"), JSON_ONLY },
	{ COL("COMM", -12, listen_event, comm), HELP("Name of the thread"), TRUNCATED },
	{ COL_NETNS(-12, listen_event, ends), WITH(SHOW_NETNS) },
	{ COLF("PROTO", -6, proto),
	  HELP("TCP or MPTCP, with the IP version (JSON: protocol and family)"),
	  .flags = COL_TEXT_ONLY },
	{ COLF("protocol", 0, protocol), HELP("TCP or MPTCP"), JSON_ONLY },
	{ COL_FAMILY_JSON(listen_event, ends) },
	{ COL("BACKLOG", -8, listen_event, backlog),
	  HELP("How many connections can wait to be accepted; the kernel has already cut it to "
	       "net.core.somaxconn") },
	{ COL_LPORT("PORT", -5, listen_event, ends) },
	{ COL_LADDR("ADDR", -39, listen_event, ends) },
	COLS_CALL_RESULT('r', listen_event, result),
	{ 0 },
};

static void parsed(void)
{
	conf.failed = given('r') || run.json;
}

TOOL(solisten, .summary = "Trace TCP sockets that begin to listen.",
     .examples = "Examples:\n"
		 "  solisten                  # every socket that begins to listen\n"
		 "  solisten -r               # also those that fail, and why\n"
		 "  solisten -p 181           # of process 181\n"
		 "  solisten -n 4026531840    # in this network namespace\n"
		 "  solisten --show-netns     # with the network namespace",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, EVENTS(listen_event),
     .parsed = parsed, NET_FILTER)
