// SPDX-License-Identifier: BSD-2-Clause
/* tcpretrans: trace TCP retransmits.  After BCC's, by Brendan Gregg. */
#include "tcpretrans.h"
#include "domain/net.h"
#include "main/tool.h"
#include "tcpretrans.skel.h"
#include <arpa/inet.h>
#include <stdio.h>

static struct conf conf;
static bool loss_probes;
static struct tool *tool;

static const struct probe probes[] = {
	{ "retransmits", { "retransmitted" } },
	{ "tail loss probes", { "tcp_send_loss_probe" }, .wanted = &loss_probes },
	OWNERS_KEPT,
	OWNERS_SEEN,
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FLAG('l', "lossprobe", &loss_probes, "Also trace tail loss probes"),
	OPT_FLAG('c', "count", &conf.count, "Count by connection, and report at the end"),
	OPT_FAMILY,
	OPT_LPORTS(0, "localport"),
	OPT_RPORTS(0, "remoteport"),
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_NETNS(0, "netns"),
	{ 0 },
};

/* R is followed by >, as if it were an arrow. */
static struct value type(struct rec r)
{
	static const struct noted types[] = { { "R", ">", 1 }, { "L", ">", 1 } };

	return value_noted(&types[((const struct retrans_event *)r.p)->type == LOSS_PROBE]);
}

CELL(state, retrans_event, value_str(tcp_state_name(e->state)))

static const struct col cols[] = {
	{ COL_TIME(-8, retrans_event), HELP("Time of day") },
	{ COL_OWNER_PID("PID", -7, retrans_event, owner) },
	{ COL_OWNER_COMM("comm", 0, retrans_event, owner), JSON_ONLY },
	{ COL_IP(-2, retrans_event, ends) },
	{ COL_OF(local_value, "LADDR:LPORT", -20, retrans_event, ends),
	  HELP("Local address and port (JSON: laddr and lport)"), .flags = COL_TEXT_ONLY },
	{ COL_LADDR("LADDR", 0, retrans_event, ends), JSON_ONLY },
	{ COL_LPORT("LPORT", 0, retrans_event, ends), JSON_ONLY },
	{ COLF("T>", -2, type), KEY("type"), HELP("R: a retransmit; L: a tail loss probe") },
	{ COL_OF(remote_value, "RADDR:RPORT", -20, retrans_event, ends),
	  HELP("Remote address and port (JSON: raddr and rport)"), .flags = COL_TEXT_ONLY },
	{ COL_RADDR("RADDR", 0, retrans_event, ends), JSON_ONLY },
	{ COL_RPORT("RPORT", 0, retrans_event, ends), JSON_ONLY },
	{ COLF("STATE", -12, state), HELP("State of the connection") },
	{ COL("SEQ", -10, retrans_event, seq),
	  HELP("Sequence number of the segment; of a tail loss probe, of what is not acknowledged"),
	  SHOW('s', "sequence", "Show sequence numbers") },
	{ COL_NETNS(0, retrans_event, ends), JSON_ONLY },
	{ 0 },
};

/* With -c. */
static const struct col count_cols[] = {
	{ COL_LADDR("LADDR", 0, retrans_count, key) },
	{ COL_LPORT("LPORT", 0, retrans_count, key) },
	{ COL_RADDR("RADDR", 0, retrans_count, key) },
	{ COL_RPORT("RPORT", 0, retrans_count, key) },
	{ COL("RETRANSMITS", 0, retrans_count, v.retransmits), HELP("Number of retransmits") },
	{ COL_FAMILY_JSON(retrans_count, key) },
	{ COL_NETNS(0, retrans_count, key), JSON_ONLY },
	{ 0 },
};

static void count_head(void)
{
	text("\n%-25s %-25s %-10s\n", "LADDR:LPORT", "RADDR:RPORT", "RETRANSMITS");
}

static void count_row(struct rec rec)
{
	const struct retrans_count *c = rec.p;
	const struct endpoints *k = &c->key;

	text_end(&(struct endpoint){ k->family, k->laddr, k->lport }, "[", "]#", 20);
	text(" <-> ");
	text_end(&(struct endpoint){ k->family, k->raddr, k->rport }, "[", "]#", 20);
	text(" %10llu\n", (unsigned long long)c->v.retransmits);
}

static int compare(const void *a, const void *b)
{
	u64 x = ((const struct retrans_count *)a)->v.retransmits;
	u64 y = ((const struct retrans_count *)b)->v.retransmits;

	return (x > y) - (x < y);
}

static void called_as(struct tool *me, const char *name)
{
	(void)name;
	tool = me;
}

static void parsed(void)
{
	struct tool count = *tool;

	if (!conf.count)
		return;
	if (given('s'))
		usage_error(
			"-c counts retransmits; it can't tell the sequence number of each (-s)");
	count.rec_max = 0;
	count.cols = count_cols;
	count.compare = compare;
	count.row = count_row;
	count.report_begin = run.json ? NULL : count_head;
	*tool = count;
	tool->map = "counts";
	tool->table = &table_ops;
	tool->rec_size = sizeof(struct retrans_count);
	tool->key_size = offsetof(struct retrans_count, v);
}

TOOL(tcpretrans, .summary = "Trace TCP retransmits.",
     .examples = "Examples:\n"
		 "  tcpretrans        # every retransmit\n"
		 "  tcpretrans -l     # also tail loss probes\n"
		 "  tcpretrans -c     # count them by connection\n"
		 "  tcpretrans --remoteport 443 --json",
     .banner = "Tracing retransmits ... Hit Ctrl-C to end", CONF(conf), .probes = probes,
     .opts = opts, .cols = cols, EVENTS(retrans_event), .called_as = called_as, .parsed = parsed,
     NET_FILTER)
