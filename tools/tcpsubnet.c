// SPDX-License-Identifier: BSD-2-Clause
/* tcpsubnet: bytes sent by TCP, by the subnet they go to.  After BCC's, by Rodrigo Manyari. */
#include "tcpsubnet.h"
#include "domain/net.h"
#include "main/tool.h"
#include "tcpsubnet.skel.h"
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct conf conf;

struct subnet {
	char name[INET6_ADDRSTRLEN + 4];
	u32 family, bits;
	u32 addr[4];  /* as in struct endpoints; zero after these bits */
	bool covered; /* by one before it: nothing counts for it */
};
static struct subnet *subnets;
static u32 n_subnets;

static bool receives, sends, mptcp_receives, mptcp_sends;

static const struct probe probes[] = {
	TCP_SENDS_SEEN(&sends, &mptcp_sends),
	TCP_RECEIVES_SEEN(&receives, &mptcp_receives),
	{ 0 },
};

static u32 format;
static const char *const formats[] = { "B", "K", "M", "b", "k", "m", NULL };

static const struct opt opts[] = {
	OPT_CHOICE('f', "format", "UNIT", &format, formats,
		   "Print bytes (B), KiB (K), MiB (M), bits (b), Kibit (k) or Mibit (m), rounded "
		   "down"),
	OPT_INTERVAL('i'),
	OPT_FLAG('J', "json", &run.json, "Print JSON Lines: one object per subnet"),
	OPT_FLAG('r', "received", &receives,
		 "Count bytes received instead, by where they come from"),
	OPT_PID,
	OPT_CONTAINER('c'),
	OPT_LPORTS(0, "localport"),
	OPT_RPORTS(0, "remoteport"),
	OPT_NETNS(0, "netns"),
	{ 0 },
};

static const char *subnet_name(u32 at)
{
	return at < n_subnets ? subnets[at].name : "?";
}

CELL(subnet, subnet_bytes, value_str(subnet_name(e->at)))

static const struct col cols[] = {
	{ COLF("subnet", 0, subnet), HELP("Subnet, as it was given") },
	{ COL("bytes", 0, subnet_bytes, v), HELP("Bytes sent to it in the interval, with -r "
						 "received from it (text: in the unit of -f)") },
	{ 0 },
};

/* The first BITS of an address. */
static void mask(u32 addr[4], u32 bits)
{
	for (u32 i = 0; i < 4; i++) {
		u32 here = bits > i * 32 ? bits - i * 32 : 0;

		if (here < 32)
			addr[i] &= htonl(here ? ~0u << (32 - here) : 0);
	}
}

/* Is all of subnet B in A? */
static bool covers(const struct subnet *a, const struct subnet *b)
{
	struct subnet cut = *b;

	if (a->family != b->family || a->bits > b->bits)
		return false;
	mask(cut.addr, a->bits);
	return !memcmp(cut.addr, a->addr, sizeof(cut.addr));
}

static void add_subnet(const char *arg)
{
	static const u32 mapped[3] = { 0, 0, 0xffff0000 }; /* ::ffff:a.b.c.d, in network order */
	struct subnet *s;
	const char *slash = strchr(arg, '/');
	char ip[INET6_ADDRSTRLEN] = "";
	u32 most = 32;

	subnets = reallocarray(subnets, n_subnets + 1, sizeof(*subnets));
	if (!subnets)
		err(1, NULL);
	s = &subnets[n_subnets];
	memset(s, 0, sizeof(*s));
	if (slash && (size_t)(slash - arg) < sizeof(ip))
		memcpy(ip, arg, slash - arg);
	if (inet_pton(AF_INET, ip, s->addr) == 1) {
		s->family = AF_INET;
	} else if (inet_pton(AF_INET6, ip, s->addr) == 1) {
		s->family = AF_INET6;
		most = 128;
	} else {
		usage_error("'%s' is no subnet such as 10.0.0.0/8 or 2001:db8::/32", arg);
	}
	s->bits = parse_u64(slash + 1, "length of a subnet", 0, most);
	snprintf(s->name, sizeof(s->name), "%s/%u", ip, s->bits);
	if (s->family == AF_INET6 && s->bits >= 96 && !memcmp(s->addr, mapped, sizeof(mapped))) {
		s->family = AF_INET;
		s->bits -= 96;
		memmove(s->addr, s->addr + 3, sizeof(*s->addr));
		memset(s->addr + 1, 0, 3 * sizeof(*s->addr));
	}
	mask(s->addr, s->bits);
	for (u32 i = 0; i < n_subnets && !s->covered; i++) {
		s->covered = covers(&subnets[i], s);
		if (s->covered)
			warnx("nothing counts for %s: %s comes first, which contains it", s->name,
			      subnets[i].name);
	}
	n_subnets++;
}

static int positional(unsigned int n, const char *arg)
{
	if (n)
		return false;
	parse_words(arg, add_subnet);
	return true;
}

static void parsed(void)
{
	if (!n_subnets)
		parse_words("127.0.0.1/32,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,0.0.0.0/0,"
			    "::1/128,fc00::/7,::/0",
			    add_subnet);
	for (u32 i = 0; i < n_subnets; i++) {
		conf.ipv4 |= subnets[i].family == AF_INET;
		conf.ipv6 |= subnets[i].family == AF_INET6;
	}
	sends = !receives;
	mptcp_sends = sends && net_has_mptcp();
	mptcp_receives = receives && net_has_mptcp();
}

static void prepare(void *skel)
{
	struct tcpsubnet_bpf *s = skel;

	net_prepare(skel);
	bpf_map__set_max_entries(s->maps.subnets4, n_subnets);
	bpf_map__set_max_entries(s->maps.subnets6, n_subnets);
	bpf_map__set_max_entries(s->maps.bytes_of, n_subnets);
}

/*
 * The first subnet of the list that contains an address counts it; a trie finds the longest one.  These are
 * the same, as none is in the trie that one before it contains.
 */
static void loaded(void *skel)
{
	struct tcpsubnet_bpf *b = skel;

	net_loaded(skel);
	for (u32 i = 0; i < n_subnets; i++) {
		const struct subnet *s = &subnets[i];
		struct subnet6 key = { .bits = s->bits };

		if (s->covered)
			continue;
		memcpy(key.addr, s->addr, sizeof(key.addr));
		if (bpf_map_update_elem(bpf_map__fd(s->family == AF_INET ? b->maps.subnets4
									 : b->maps.subnets6),
					&key, &i, BPF_ANY))
			err(1, "cannot fill the BPF map of subnets");
	}
}

static int compare(const void *a, const void *b)
{
	const struct subnet_bytes *x = a, *y = b;

	return (x->v < y->v) - (x->v > y->v) ?: (x->at > y->at) - (x->at < y->at);
}

static void report_begin(void)
{
	time_t now = time(NULL);
	char s[64];

	strftime(s, sizeof(s), "[%x %X]", localtime_r(&now, &(struct tm){ 0 }));
	text("%s\n", s);
}

static void row(struct rec r)
{
	static const u32 shifts[] = { 0, 10, 20 };
	const struct subnet_bytes *b = r.p;
	u64 n = b->v;

	if (format >= 3)
		n *= 8;
	text("%-21s %6llu\n", subnet_name(b->at), (unsigned long long)(n >> shifts[format % 3]));
}

TOOL(tcpsubnet, .summary = "Count bytes sent by TCP, by the subnet they go to.",
     .args = "[SUBNETS]",
     .examples = "Examples:\n"
		 "  tcpsubnet                          # to private networks, and to others\n"
		 "  tcpsubnet -i 10 -f K 10.80.0.0/24,2001:db8::/32\n"
		 "  tcpsubnet -r                       # received\n"
		 "  tcpsubnet --json --once -- curl -O URL",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, ENTRIES("bytes_of", subnet_bytes),
     .interval = 1, .no_interval = true, .positional = positional, .parsed = parsed,
     .prepare = prepare, .loaded = loaded, .own_gaps = true, .report_begin = report_begin,
     .row = row, .compare = compare, .begin = table_begin)
