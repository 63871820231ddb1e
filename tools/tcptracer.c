// SPDX-License-Identifier: BSD-2-Clause
/* tcptracer: trace TCP connections that are made, accepted and closed.  After BCC's, by Kinvolk. */
#include "tcptracer.h"
#include "domain/net.h"
#include "main/tool.h"
#include "tcptracer.skel.h"
#include <arpa/inet.h>
#include <string.h>

static bool verbose;

static const struct probe probes[] = {
	{ "connects", { "state_set" } },
	ACCEPTS_SEEN,
	{ "closes", { "tcp_close" } },
	/* A kernel without the first has no such sockets. */
	{ "closes of Multipath TCP", { "mptcp_close", "tcp_close" } },
	{ 0 },
};

/* Letters that stand for no option; see opt_imply(). */
#define SHOW_NETNS 1
#define HIDDEN     2 /* never given */

static const struct opt opts[] = {
	OPT_PID,
	OPT_NETNS('N', "netns"),
	OPT_FAMILY,
	OPT_LPORTS('L', "localport"),
	OPT_RPORTS('D', "remoteport"),
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_FLAG('v', "verbose", &verbose,
		 "Show words instead of letters, nanoseconds with -t, and unless -N is given the "
		 "network "
		 "namespace"),
	{ 0 },
};

static const struct {
	const char *letter, *word;
} kinds[] = {
	[TRACE_CONNECT] = { "C", "connect" },
	[TRACE_ACCEPT] = { "A", "accept" },
	[TRACE_CLOSE] = { "X", "close" },
};

static const char *letter(u32 kind)
{
	return kind < sizeof(kinds) / sizeof(*kinds) ? kinds[kind].letter : "U";
}

static const char *word(u32 kind)
{
	return kind < sizeof(kinds) / sizeof(*kinds) ? kinds[kind].word : "unknown";
}

CELL(kind, trace_event, value_str(letter(e->kind)))
CELL(type, trace_event, value_str(word(e->kind)))

static u64 since_first(u64 ts)
{
	static u64 first;

	first = first ?: ts;
	return ts - first;
}
CELL(time_ns, trace_event, value_uint(since_first(e->ts)))

/* IPv6 addresses are in brackets. */
static struct value address(int family, const void *addr)
{
	static char text[INET6_ADDRSTRLEN + 2];
	static struct endpoint four;

	if (family == AF_INET6 && inet_ntop(family, addr, text + 1, INET6_ADDRSTRLEN)) {
		*text = '[';
		return value_str(strcat(text, "]"));
	}
	four = (struct endpoint){ family, addr, 0 };
	return value_ip(&four);
}
CELL(saddr, trace_event, address(e->ends.family, e->ends.laddr))
CELL(daddr, trace_event, address(e->ends.family, e->ends.raddr))

enum { TIME, TIME_NS };
static struct col cols[] = {
	[TIME] = { COL_TIME_S3(-9, trace_event), HELP("Time in seconds since the first row"),
		   .opt = 't', .flags = COL_NO_BLANK, .optname = "timestamp",
		   .opthelp = "Show the time in seconds" },
	[TIME_NS] = { COLF("TIME(ns)", -14, time_ns),
		      HELP("The same in nanoseconds, with -t and -v"), .opt = 't',
		      .flags = COL_TEXT_ONLY | COL_NO_BLANK },
	{ COLF("T", -2, kind), HELP("C: connect, A: accept, X: close (JSON: type)"), .opt = 'v',
	  .flags = COL_UNLESS | COL_TEXT_ONLY },
	{ COLF("TYPE", -12, type), HELP("connect, accept or close"), WITH('v') },
	{ COL("UID", -6, trace_event, uid), HELP("User ID"),
	  SHOW('U', "print-uid", "Show the user") },
	{ COL("PID", -6, trace_event, pid), HELP("Process ID") },
	{ COL("COMM", -16, trace_event, comm), HELP("Name of the thread") },
	{ COL_IP(-2, trace_event, ends) },
	{ COLF("SADDR", -16, saddr), HELP("Local address (JSON: laddr)"), TEXT_ONLY },
	{ COL_LADDR("laddr", 0, trace_event, ends), JSON_ONLY },
	{ COLF("DADDR", -16, daddr), HELP("Remote address (JSON: raddr)"), TEXT_ONLY },
	{ COL_RADDR("raddr", 0, trace_event, ends), JSON_ONLY },
	{ COL_LPORT("SPORT", -6, trace_event, ends) },
	{ COL_RPORT("DPORT", -6, trace_event, ends) },
	{ COL_NETNS(-8, trace_event, ends), WITH(SHOW_NETNS) },
	{ 0 },
};

static void parsed(void)
{
	cols[verbose ? TIME : TIME_NS].opt = HIDDEN;
	if (verbose && !given('N'))
		opt_imply(SHOW_NETNS);
}

TOOL(tcptracer, .summary = "Trace TCP connections that are made, accepted and closed.",
     .examples = "Examples:\n"
		 "  tcptracer           # every connection\n"
		 "  tcptracer -t        # with the time\n"
		 "  tcptracer -v        # with the network namespace\n"
		 "  tcptracer -p 181    # of process 181\n"
		 "  tcptracer -L 80,443 # of two local ports",
     .banner = "Tracing TCP established connections. Ctrl-C to end.", .probes = probes,
     .opts = opts, .cols = cols, EVENTS(trace_event), .parsed = parsed, NET_FILTER)
