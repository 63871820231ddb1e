// SPDX-License-Identifier: BSD-2-Clause
/* tcpcong: how long TCP connections are in each state of congestion control.  After BCC's, by Ping Gan. */
#include "tcpcong.h"
#include "domain/net.h"
#include "main/tool.h"
#include "output/hist.h"
#include "output/print.h"
#include "tcpcong.skel.h"
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct conf conf = { .unit = 1000000 };
static struct tool *tool;

static const struct probe probes[] = {
	{ "changes of the congestion state",
	  { "state_set", "tcp_fastretrans_alert tcp_enter_cwr tcp_enter_loss tcp_enter_recovery "
			 "tcp_simple_retransmit" } },
	{ "connections that begin and end", { "connection_changed" } },
	{ 0 },
};

static void set_microseconds(const char *arg)
{
	(void)arg;
	conf.unit = 1000;
}

static const struct opt opts[] = {
	OPT_LPORTS('L', "localport"),
	OPT_RPORTS('R', "remoteport"),
	OPT_TIMESTAMP('T'),
	OPT_FLAG('d', "dist", &conf.dist, "Print histograms, one for each state"),
	OPT_CALL('u', "microseconds", NULL, set_microseconds,
		 "Use microseconds instead of milliseconds"),
	OPT_FLAG('j', "json", &run.json, "Print JSON Lines"),
	OPT_FAMILY,
	OPT_NETNS(0, "netns"),
	{ 0 },
};

#define STATE_NS(key, state, h)                                                               \
	{                                                                                     \
		COL(key, 0, cong, v.ns[state]), HELP("Time " h ", in nanoseconds"), JSON_ONLY \
	}
#define STATE_TEXT(name, state, h)                                                                 \
	{                                                                                          \
		COL_AS(kind_ms, name "_ms", 0, cong, v.ns[state]), HELP(h), .flags = COL_TEXT_ONLY \
	}

/* The text is that of row(). */
static const struct col cols[] = {
	{ COL_OF(local_value, "LAddrPort", 0, cong, k), TEXT_ONLY,
	  HELP("Local address and port (LAddrPort6 in the IPv6 table; JSON: laddr and lport)") },
	{ COL_OF(remote_value, "RAddrPort", 0, cong, k),
	  HELP("Remote address and port (or RAddrPort6; JSON: raddr and rport)"), TEXT_ONLY },
	STATE_TEXT("Open", CONG_OPEN,
		   "Time in the state open; with -u Open_us, as for the next four"),
	STATE_TEXT("Dod", CONG_DISORDER, "Time in the state disorder"),
	STATE_TEXT("Rcov", CONG_RECOVERY, "Time in the state recovery"),
	STATE_TEXT("Cwr", CONG_CWR, "Time in the state CWR"),
	STATE_TEXT("Los", CONG_LOSS, "Time in the state loss"),
	{ COL_LADDR("LADDR", 0, cong, k), JSON_ONLY },
	{ COL_LPORT("LPORT", 0, cong, k), JSON_ONLY },
	{ COL_RADDR("RADDR", 0, cong, k), JSON_ONLY },
	{ COL_RPORT("RPORT", 0, cong, k), JSON_ONLY },
	{ COL_FAMILY_JSON(cong, k) },
	{ COL_NETNS(0, cong, k), JSON_ONLY },
	STATE_NS("open_ns", CONG_OPEN, "in the state open"),
	STATE_NS("disorder_ns", CONG_DISORDER, "in the state disorder"),
	STATE_NS("recovery_ns", CONG_RECOVERY, "in the state recovery"),
	STATE_NS("cwr_ns", CONG_CWR, "in the state CWR"),
	STATE_NS("loss_ns", CONG_LOSS, "in the state loss"),
	{ COL("Chgs", 0, cong, v.changes), KEY("changes"), HELP("Number of changes of the state") },
	{ 0 },
};

static const char *state_name(u32 state)
{
	static const char *const names[] = {
		[CONG_OPEN] = "open",         [CONG_DISORDER] = "disorder", [CONG_CWR] = "cwr",
		[CONG_RECOVERY] = "recovery", [CONG_LOSS] = "loss",
	};

	return NAME_OF(names, state);
}

CELL(state, cong_hist, value_str(state_name(e->k.state)))

/* With -d. */
static const struct col dist_cols[] = {
	{ COLF("tcp_congest_state", 0, state), HELP("Name of the state") },
	{ COL("msecs", 0, cong_hist, v), HELP("Times in the state, in milliseconds"),
	  ONLY_UNLESS('u') },
	{ COL("usecs", 0, cong_hist, v), HELP("Times in the state in microseconds, with -u"),
	  ONLY_IF('u') },
	{ COL("total_ns", 0, cong_hist, v.sum), HELP("Sum of these times, in nanoseconds"),
	  JSON_ONLY },
	{ COL_OF(hist_values, "count", 0, cong_hist, v), HELP("Number of times"), JSON_ONLY },
	{ 0 },
};

static int by_state(const void *a, const void *b)
{
	const struct cong_hist *x = a, *y = b;

	return (x->k.state > y->k.state) - (x->k.state < y->k.state);
}

/* BCC sorts by the local port. */
static int compare(const void *a, const void *b)
{
	const struct cong *x = a, *y = b;

	return (x->k.lport > y->k.lport) - (x->k.lport < y->k.lport)
		       ?: memcmp(&x->k, &y->k, sizeof(x->k));
}

static void called_as(struct tool *me, const char *name)
{
	(void)name;
	tool = me;
}

static void parsed(void)
{
	if (!conf.dist)
		return;
	tool->map = "dists";
	tool->rec_size = sizeof(struct cong_hist);
	tool->key_size = offsetof(struct cong_hist, v);
	tool->cols = dist_cols;
	tool->report = REPORT_HIST;
	tool->compare = by_state;
	tool->row = NULL;
	tool->alt_cols = NULL;
}

/* When everything is attached. */
static int started(void)
{
	*(u64 *)bpf_variable("began", sizeof(u64)) = time_mono();
	return -1;
}

/* Records of a report, the same keys added up. */
static char *list;
static size_t n_list;

static void add(const void *recs, size_t n)
{
	list = reallocarray(list, n_list + n + 1, tool->rec_size);
	if (!list)
		err(1, NULL);
	memcpy(list + n_list * tool->rec_size, recs, n * tool->rec_size);
	n_list += n;
}

static void add_up(void *to, const void *from)
{
	u64 *sum = (u64 *)((char *)to + tool->key_size);
	const u64 *more = (const u64 *)((const char *)from + tool->key_size);

	for (size_t i = 0; i < (tool->rec_size - tool->key_size) / sizeof(*sum); i++)
		sum[i] += more[i];
}

static void unite(void)
{
	size_t n = 0, size = tool->rec_size;

	qsort(list, n_list, size, tool->compare);
	for (size_t i = 0; i < n_list; i++) {
		char *rec = list + i * size, *before = list + (n - 1) * size;

		if (n && !memcmp(before, rec, tool->key_size))
			add_up(before, rec);
		else
			memmove(list + n++ * size, rec, size);
	}
	n_list = n;
}

/* A connection that stays in its state. */
static void add_unfinished(const struct cong_conn *c, u64 began, u64 now)
{
	u64 since = c->since > began ? c->since : began, ns = now > since ? now - since : 0;
	struct cong_hist hist = { .k.state = c->state };
	struct cong cong = { .k = c->ends };
	int slot = 0;

	if (!c->listed || c->state >= CONG_STATES)
		return;
	cong.v.ns[c->state] = ns;
	while (slot < HIST_SLOTS - 1 && ns / conf.unit > hist_hi(slot))
		slot++;
	hist.v.slots[slot] = 1;
	hist.v.sum = ns;
	add(conf.dist ? (void *)&hist : &cong, 1);
}

/*
 * At the end: once the programs have stopped, nothing changes.  What they counted until then is in the table, also what
 * came after RECS were read.
 */
static char *merge(char *recs, size_t *n)
{
	u64 now = time_mono(), key;
	struct cong_conn c;
	int fd;
	char *more;
	size_t n_more;

	if (!run.began || !run.last)
		return recs;
	*(bool *)bpf_variable("stopped", sizeof(bool)) = true;
	add(recs, *n);
	free(recs);
	more = table_drain(&n_more);
	add(more, n_more);
	free(more);
	fd = map_fd("conns");
	for (bool found = !bpf_map_get_next_key(fd, NULL, &key); found;
	     found = !bpf_map_get_next_key(fd, &key, &key))
		if (!bpf_map_lookup_elem(fd, &key, &c))
			add_unfinished(&c, *(u64 *)bpf_variable("began", sizeof(u64)), now);
	unite();
	*n = n_list;
	return list;
}

static int headed; /* tables of this report that have their header: 1: IPv4, 2: IPv6 */

static void report_begin(void)
{
	headed = 0;
}

static unsigned long long in_unit(u64 ns)
{
	return ns / conf.unit;
}

static void row(struct rec r)
{
	const struct cong *c = r.p;
	const struct endpoints *e = &c->k;
	bool six = e->family == AF_INET6;
	const char *unit = given('u') ? "us" : "ms";
	int table = six ? 2 : 1, width = six ? 32 : 21;

	if (!(headed & table)) {
		/* BCC has no blank between the first two of IPv4. */
		text("%-*s%s%-*s Open_%-2s Dod_%-2s Rcov_%-2s Cwr_%-3s Los_%-2s Chgs \n", width,
		     six ? "LAddrPort6" : "LAddrPort", six ? " " : "", width,
		     six ? "RAddrPort6" : "RAddrPort", unit, unit, unit, unit, unit);
		headed |= table;
	}
	text_end(&(struct endpoint){ e->family, e->laddr, e->lport }, "", "/", width);
	text(" ");
	text_end(&(struct endpoint){ e->family, e->raddr, e->rport }, "", "/", width);
	text(" %-7llu %-6llu %-7llu %-7llu %-6llu %-5llu\n", in_unit(c->v.ns[CONG_OPEN]),
	     in_unit(c->v.ns[CONG_DISORDER]), in_unit(c->v.ns[CONG_RECOVERY]),
	     in_unit(c->v.ns[CONG_CWR]), in_unit(c->v.ns[CONG_LOSS]),
	     (unsigned long long)c->v.changes);
}

static bool is_ipv6(struct rec r)
{
	return ((const struct cong *)r.p)->k.family == AF_INET6;
}

TOOL(tcpcong, .summary = "Show how long TCP connections are in each state of congestion control.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  tcpcong                   # until Ctrl-C\n"
		 "  tcpcong -T 1 10           # ten reports, one per second\n"
		 "  tcpcong -d -u -R 443      # histograms of connections to this port\n"
		 "  tcpcong -L 3000-3006 --json",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, ENTRIES("times", cong),
     .alt_cols = cols, .is_alt = is_ipv6, .compare = compare, .called_as = called_as,
     .parsed = parsed, .side_open = started, .merge = merge, .lead = true,
     .report_begin = report_begin, .row = row, NET_FILTER,
     .banner = "Tracing tcp congestion control status duration... Hit Ctrl-C to end.")
