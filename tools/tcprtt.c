// SPDX-License-Identifier: BSD-2-Clause
/* tcprtt: round-trip times of TCP connections, as histograms.  After BCC's, by zhenwei pi. */
#include "tcprtt.h"
#include "domain/net.h"
#include "main/tool.h"
#include "output/hist.h"
#include "tcprtt.skel.h"
#include <arpa/inet.h>
#include <string.h>

static struct conf conf = { .unit = 1 };
static bool average, by_local, by_remote;

static const struct probe probes[] = {
	{ "segments that come", { "received" } },
	{ 0 },
};

static void set_milliseconds(const char *arg)
{
	(void)arg;
	conf.unit = 1000;
}

static void parse_addr(struct rtt_addr *to, const char *arg)
{
	static const u32 mapped[3] = { 0, 0, 0xffff0000 }; /* ::ffff:a.b.c.d, in network order */

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, arg, to->addr) == 1) {
		to->family = AF_INET;
	} else if (inet_pton(AF_INET6, arg, to->addr) == 1) {
		to->family = AF_INET6;
		if (!memcmp(to->addr, mapped, sizeof(mapped)))
			*to = (struct rtt_addr){ .addr = { to->addr[3] }, .family = AF_INET };
	} else {
		usage_error("'%s' is no IPv4 or IPv6 address", arg);
	}
}

static void local_addr(const char *arg)
{
	parse_addr(&conf.local, arg);
}

static void remote_addr(const char *arg)
{
	parse_addr(&conf.remote, arg);
}

static const struct opt opts[] = {
	OPT_INTERVAL('i'),
	OPT_DURATION('d'),
	OPT_TIMESTAMP('T'),
	OPT_CALL('m', "milliseconds", NULL, set_milliseconds,
		 "Use milliseconds instead of microseconds"),
	OPT_LPORTS('p', "lport"),
	OPT_RPORTS('P', "rport"),
	OPT_CALL('a', "laddr", "ADDRESS", local_addr, "Trace only this local address"),
	OPT_CALL('A', "raddr", "ADDRESS", remote_addr, "Trace only this remote address"),
	OPT_FLAG('b', "byladdr", &by_local, "Print a histogram for each local address"),
	OPT_FLAG('B', "byraddr", &by_remote,
		 "The same for each remote address, unless -b is given"),
	OPT_FLAG('e', "extension", &average, "Also print the average"),
	OPT_FLAG('D', "debug", &run.verbose, "The same as -v"),
	OPT_FAMILY,
	OPT_NETNS(0, "netns"),
	{ 0 },
};

CELL(address, rtt, ip_value(e->k.family, e->k.addr))

static const struct col cols[] = {
	{ COLF("laddr", 0, address), FIELD(rtt, k), HELP("Local address, with -b"), .opt = BY_LOCAL,
	  .flags = COL_ONLY_IF },
	{ COLF("raddr", 0, address), FIELD(rtt, k), HELP("Remote address, with -B"),
	  .opt = BY_REMOTE, .flags = COL_ONLY_IF },
	{ COL("usecs", 0, rtt, v.hist), HELP("Round-trip times, in microseconds"),
	  ONLY_UNLESS('m') },
	{ COL("msecs", 0, rtt, v.hist), HELP("Round-trip times in milliseconds, with -m"),
	  ONLY_IF('m') },
	{ COL("total_us", 0, rtt, v.hist.sum), HELP("Sum of these times, in microseconds"),
	  JSON_ONLY },
	{ COL_OF(hist_values, "count", 0, rtt, v.hist), HELP("Number of segments that came"),
	  JSON_ONLY },
	{ 0 },
};

static void check_family(const struct rtt_addr *a)
{
	if ((given('4') && a->family == AF_INET6) || (given('6') && a->family == AF_INET))
		usage_error("-%c excludes this address", given('4') ? '4' : '6');
}

static void parsed(void)
{
	conf.by = by_local ? BY_LOCAL : by_remote ? BY_REMOTE : BY_NOTHING;
	if (conf.by)
		opt_imply(conf.by);
	check_family(&conf.local);
	check_family(&conf.remote);
	if (conf.local.family && conf.remote.family && conf.local.family != conf.remote.family)
		usage_error("one address is IPv4, the other IPv6");
}

static void prepare(void *skel)
{
	struct bpf_object *obj = ((struct skel *)skel)->obj;

	net_prepare(skel);
	if (conf.by == BY_NOTHING)
		bpf_map__set_max_entries(bpf_object__find_map_by_name(obj, "rtts_first"), 1);
}

static void unfold(void *rec, const void *entry)
{
	((struct rtt *)rec)->v.hist = ((const struct rtt_all *)entry)->v;
}

static int compare(const void *a, const void *b)
{
	const struct rtt *x = a, *y = b;

	return (x->k.family > y->k.family) - (x->k.family < y->k.family)
		       ?: memcmp(x->k.addr, y->k.addr, sizeof(x->k.addr));
}

static void row(struct rec rec)
{
	const struct rtt *r = rec.p;
	u64 n = hist_count(&r->v.hist);
	char ip[INET6_ADDRSTRLEN];

	if (conf.by == BY_NOTHING)
		text("\nAll Addresses = *******");
	else
		text("\n%s Address = %s", conf.by == BY_LOCAL ? "Local" : "Remote",
		     inet_ntop(r->k.family, r->k.addr, ip, sizeof(ip)) ?: "?");
	if (average && n)
		text(" [AVG %llu]", (unsigned long long)(r->v.hist.sum / conf.unit / n));
	text("\n");
	hist_text(&r->v.hist, given('m') ? "msecs" : "usecs");
}

TOOL(tcprtt, .summary = "Summarize the round-trip times of TCP connections as a histogram.",
     .examples = "Examples:\n"
		 "  tcprtt                  # one histogram, on Ctrl-C\n"
		 "  tcprtt -i 1 -d 10       # ten reports, one per second\n"
		 "  tcprtt -mT -i 1         # in milliseconds, with the time\n"
		 "  tcprtt -p 80 -B -e      # of a server, for each client, with the average\n"
		 "  tcprtt -A 192.0.2.10    # on the way to this machine",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, ENTRIES("rtts", rtt),
     ALSO_ENTRIES("all_rtts", rtt_all), .unfold = unfold, .no_interval = true,
     .report = REPORT_HIST, .parsed = parsed, .prepare = prepare, .loaded = net_loaded,
     .compare = compare, .row = row, .banner = "Tracing TCP RTT... Hit Ctrl-C to end.")
