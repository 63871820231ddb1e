// SPDX-License-Identifier: BSD-2-Clause
/* tcpconnect: trace TCP connects.  After BCC's, by Brendan Gregg. */
#include "tcpconnect.h"
#include "domain/dns.h"
#include "domain/net.h"
#include "main/tool.h"
#include "tcpconnect.skel.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static struct conf conf;
static bool source_port;
static struct tool *tool;

static const struct probe probes[] = {
	{ "connects", { "tcp_v4_connect" } },
	{ "connects over IPv6", { "tcp_v6_connect" }, .optional = true },
	{ "how connects end", { "state_set" }, .wanted = &conf.results },
	{ "answers of DNS servers", { "__udp_enqueue_schedule_skb" }, .wanted = &conf.dns },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID,
	OPT_RPORTS('P', "port"),
	OPT_LPORTS(0, "localport"),
	OPT_FAMILY,
	OPT_UID,
	OPT_FLAG('c', "count", &conf.count,
		 "Count connects by source address, destination address and port, and report at "
		 "the end"),
	OPT_FLAG('s', "source-port", &source_port, "The same as -L"),
	OPT_CONTAINER(0),
	OPT_NETNS(0, "netns"),
	{ 0 },
};

#define OLD_NS \
	100000000 /* the program may have the address from elsewhere, if the answer is older than this */

static bool is_loopback(const struct endpoints *e)
{
	return e->family == AF_INET ? !memcmp(e->raddr, (u8[]){ 127, 0, 0, 1 }, 4)
				    : !memcmp(e->raddr, &in6addr_loopback, 16);
}

/* The name that was asked for before the program connected to its address. */
static struct value query(struct rec r)
{
	const struct connect_event *e = r.p;
	static struct noted answer;
	static char ago[64];
	u64 when = 0;
	const char *name = dns_name(e->ends.family, e->ends.raddr, &when);

	if (!name)
		return value_none(is_loopback(&e->ends) ? "localhost" : "No DNS Query");
	if (e->ts <= when + OLD_NS)
		return value_str(name);
	snprintf(ago, sizeof(ago), " (%llu.%03llums)", (e->ts - when) / 1000000,
		 (e->ts - when) / 1000 % 1000);
	answer = (struct noted){ name, ago, strlen(name) };
	return value_noted(&answer);
}

/* A connect has no more than struct connect_event. */
static bool keep(struct rec r)
{
	const struct dns_event *e = r.p;
	size_t len = r.len - offsetof(struct dns_event, dns);

	if (len)
		dns_learn(e->dns, len, e->head.ts);
	return !len;
}

enum { TIME, UID, PID, COMM, IP, SADDR, LPORT };
static struct col cols[] = {
	[TIME] = { COL_TIME_S3(-9, connect_event),
		   HELP("When the connect began, in seconds since the first row"), .opt = 't',
		   .flags = COL_NO_BLANK, .optname = "timestamp",
		   .opthelp = "Show the time in seconds" },
	[UID] = { COL("UID", -6, connect_event, uid), HELP("User ID"), .opt = 'U',
		  .flags = COL_NO_BLANK, .optname = "print-uid", .opthelp = "Show the user" },
	[PID] = { COL("PID", -7, connect_event, pid), HELP("Process ID") },
	[COMM] = { COL("COMM", -12, connect_event, comm), HELP("Name of the thread"), TRUNCATED },
	[IP] = { COL_IP(-2, connect_event, ends) },
	[SADDR] = { COL_LADDR("SADDR", -16, connect_event, ends) },
	[LPORT] = { COL_LPORT("LPORT", -6, connect_event, ends),
		    SHOW('L', "lport", "Show the local port") },
	{ COL_RADDR("DADDR", -16, connect_event, ends) },
	{ COL_RPORT("DPORT", -6, connect_event, ends) },
	COLS_RESULT('r', connect_event, result),
	{ COL("latency_ns", 0, connect_event, ns),
	  HELP("Nanoseconds until it was known how the connect ended"), JSON_ONLY },
	{ COLF("QUERY", 0, query),
	  HELP("Name that a DNS server gave this address for, with the time since if that is more "
	       "than 100 ms"),
	  .opt = 'd', .flags = COL_ONLY_IF, .optname = "dns",
	  .opthelp = "Also show the DNS query that the address is likely from" },
	{ COL_NETNS(0, connect_event, ends), JSON_ONLY },
	{ 0 },
};

/* With -c. */
static const struct col count_cols[] = {
	{ COL_LADDR("LADDR", -25, connect_count, key) },
	{ COL_RADDR("RADDR", -25, connect_count, key) },
	{ COL_RPORT("RPORT", -20, connect_count, key) },
	{ COL("CONNECTS", -10, connect_count, v.connects), HELP("Number of connects") },
	{ COL_FAMILY_JSON(connect_count, key) },
	{ COL_NETNS(0, connect_count, key), JSON_ONLY },
	{ 0 },
};

static int compare(const void *a, const void *b)
{
	u64 x = ((const struct connect_count *)a)->v.connects;
	u64 y = ((const struct connect_count *)b)->v.connects;

	return (x < y) - (x > y);
}

static void called_as(struct tool *me, const char *name)
{
	(void)name;
	tool = me;
}

static void parsed(void)
{
	if (conf.count && given('r'))
		usage_error("-c counts connects as they begin; it can't tell how they end (-r)");
	if (conf.count && given('d'))
		usage_error("-c counts connects; it has no room for the queries of each (-d)");
	conf.dns = given('d');
	conf.results = !conf.count && (given('r') || run.json);
	if (source_port)
		cols[LPORT].opt = 's';
	if (!conf.count)
		return;
	*tool = (struct tool){ .name = tool->name,
			       .open = tool->open,
			       .args = tool->args,
			       .summary = tool->summary,
			       .conf = tool->conf,
			       .conf_size = tool->conf_size,
			       .probes = tool->probes,
			       .opts = tool->opts,
			       .banner = tool->banner,
			       .prepare = tool->prepare,
			       .loaded = tool->loaded,
			       .cols = count_cols,
			       .lead = true,
			       .compare = compare,
			       ENTRIES("counts", connect_count) };
}

TOOL(tcpconnect, .summary = "Trace TCP connects.",
     .examples = "Examples:\n"
		 "  tcpconnect             # every connect\n"
		 "  tcpconnect -r          # also those that fail, and how\n"
		 "  tcpconnect -p 181 -L   # of process 181, with the local port\n"
		 "  tcpconnect -P 80,443   # to these ports\n"
		 "  tcpconnect -U -u www   # of a user\n"
		 "  tcpconnect -d          # with the names that were looked up\n"
		 "  tcpconnect -c          # count them",
     .banner = "Tracing connect ... Hit Ctrl-C to end", CONF(conf), .probes = probes, .opts = opts,
     .cols = cols, EVENTS_TO(dns_event, dns, TAIL_BYTES), .keep = keep, .called_as = called_as,
     .parsed = parsed, NET_FILTER)
