// SPDX-License-Identifier: BSD-2-Clause
/* tcptop: TCP throughput by connection and process.  After BCC's, by Brendan Gregg. */
/* LIBS: ncursesw */
#include "tcptop.h"
#include "domain/net.h"
#include "main/tool.h"
#include "output/screen.h"
#include "output/table.h"
#include "tcptop.skel.h"
#include <arpa/inet.h>
#include <string.h>

static u32 sort; /* by an index of: */
static const char *const sorts[] = { "all", "sent", "received", NULL };

static bool has_mptcp; /* this kernel was built with it */

static const struct probe probes[] = {
	TCP_SENDS_SEEN(NULL, &has_mptcp),
	TCP_RECEIVES_SEEN(NULL, &has_mptcp),
	{ 0 },
};

static const struct opt opts[] = {
	OPT_TOP,
	OPT_PID,
	OPT_CONTAINER('c'),
	OPT_FAMILY,
	OPT_LPORTS('L', "localport"),
	OPT_RPORTS('D', "remoteport"),
	OPT_NETNS(0, "netns"),
	OPT_CHOICE('s', "sort", "FIELD", &sort, sorts,
		   "Sort by all (sent plus received), sent or received"),
	{ 0 },
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

CELL(laddr, flow_key, value_ip_port(local(e)))
CELL(raddr, flow_key, value_ip_port(remote(e)))
CELL(lip, flow_key, value_ip(local(e)))
CELL(rip, flow_key, value_ip(remote(e)))

static bool is_ipv6(struct rec r)
{
	return ((const struct flow_key *)r.p)->family == AF_INET6;
}

CELL(family, flow_key, value_int(is_ipv6(r) ? 6 : 4))

/* The tables of IPv4 and IPv6 differ in two headers and their widths. */
#define COLS(width, local, remote)                                                           \
	{ COL("PID", -7, flow, key.pid), HELP("Process ID") },                               \
		{ COL("COMM", -12, flow, key.comm), HELP("Name of the thread"), TRUNCATED }, \
		{ COLF(local, width, laddr), KEY("laddr"),                                   \
		  HELP("Local address and port (LADDR6 in the IPv6 table)") },               \
		{ COLF(remote, width, raddr), KEY("raddr"),                                  \
		  HELP("Remote address and port (or RADDR6)") },                             \
		{ COL_AS(kind_kib, "RX_KB", 6, flow, v.received), KEY("rx_bytes"),           \
		  HELP("Amount received, in KiB (JSON: rx_bytes, in bytes)") },              \
		{ COL_AS(kind_kib, "TX_KB", 6, flow, v.sent), KEY("tx_bytes"),               \
		  HELP("Amount sent, in KiB (JSON: tx_bytes, in bytes)") },                  \
		{ COLF("family", 0, family), HELP("IP version of the socket: 4 or 6"),       \
		  JSON_ONLY },                                                               \
		{ COLF("lip", 0, lip), HELP("Local address"), JSON_ONLY },                   \
		{ COL("lport", 0, flow, key.lport), HELP("Local port"), JSON_ONLY },         \
		{ COLF("rip", 0, rip), HELP("Remote address"), JSON_ONLY },                  \
		{ COL("rport", 0, flow, key.rport), HELP("Remote port"), JSON_ONLY },        \
	{                                                                                    \
		0                                                                            \
	}

static const struct col cols[] = { COLS(-21, "LADDR", "RADDR") };
static const struct col cols6[] = { COLS(-32, "LADDR6", "RADDR6") };

static u64 weight(const void *rec)
{
	const struct traffic *t = &((const struct flow *)rec)->v;

	return sort == 1 ? t->sent : sort == 2 ? t->received : t->sent + t->received;
}

static int compare(const void *a, const void *b)
{
	u64 x = weight(a), y = weight(b);

	return (x < y) - (x > y);
}

static void unfold(void *rec, const void *entry)
{
	const struct flow4 *from = entry;
	struct flow *to = rec;

	to->key = (struct flow_key){
		.laddr = { from->key.laddr },
		.raddr = { from->key.raddr },
		.lport = from->key.lport,
		.rport = ntohs(from->key.rport),
		.pid = from->key.pid,
		.family = AF_INET,
	};
	memcpy(to->key.comm, from->key.comm, COMM_LEN);
	to->v = from->v;
}

static void parsed(void)
{
	screen_sorted_by(sort == 1 ? "TX_KB" : sort == 2 ? "RX_KB" : NULL, false);
	has_mptcp = net_has_mptcp();
}

TOOL(tcptop, .summary = "Show TCP throughput by connection and process.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  tcptop             # every second\n"
		 "  tcptop -C 5 3      # three 5-second reports, without clearing the screen\n"
		 "  tcptop -s sent -r 10 -p 181,307",
     .probes = probes, .opts = opts, .cols = cols, .alt_cols = cols6, .is_alt = is_ipv6,
     ENTRIES("flows6", flow), ALSO_ENTRIES("flows4", flow4), .unfold = unfold, TOP_SCREEN,
     .begin = table_begin, .interval = 1, .compare = compare, .parsed = parsed, NET_FILTER)
