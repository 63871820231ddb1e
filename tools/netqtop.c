// SPDX-License-Identifier: BSD-2-Clause
/* netqtop: packets by queue of a network device.  After BCC's, by yolandajn. */
#include "netqtop.h"
#include "domain/device.h"
#include "main/tool.h"
#include "netqtop.skel.h"
#include <dirent.h>
#include <err.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SYS_NET    "/sys/class/net"
#define MANY       16 /* queues to make room for at least, as there can be more later */
#define NUMBER_LEN 32

static struct conf conf;
static const char *device;
static bool throughput;
static u32 shown[2]; /* queues to send, to receive */

static void parse_interval(const char *arg)
{
	char whole[16], ms[8] = "000";
	size_t n = strspn(arg, "0123456789"), decimals;

	decimals = arg[n] == '.' ? strspn(arg + n + 1, "0123456789") : 0;
	if (!(n + decimals) || n >= sizeof(whole) || arg[n + (arg[n] == '.') + decimals])
		usage_error("'%s' is no interval in seconds, such as 0.5", arg);
	snprintf(whole, sizeof(whole), "0%.*s", (int)n, arg);
	memcpy(ms, arg + n + 1, decimals < 3 ? decimals : 3);
	run.interval = parse_u64(whole, "interval", 0, 99999999);
	run.interval_ms = strtoul(ms, NULL, 10);
	if (!run.interval && !run.interval_ms)
		usage_error("the interval can't be shorter than a millisecond");
}

static const struct opt opts[] = {
	OPT_STR('n', "name", "DEVICE", &device, "Count packets of this network device"),
	OPT_CALL('i', "interval", "SECONDS", parse_interval,
		 "Seconds between reports, also with decimals (default: 1)"),
	OPT_FLAG('t', "throughput", &throughput, "Also show bytes and packets per second"),
	{ 0 },
};

static u64 packets(const struct packet_counts *c)
{
	u64 n = 0;

	for (int i = 0; i < PACKET_SIZES; i++)
		n += c->sizes[i];
	return n;
}

static u64 average(const struct packet_counts *c)
{
	u64 n = packets(c);

	return n ? c->bytes / n : 0;
}

CELL(direction, queue_packets, value_str(e->k.rx ? "rx" : "tx"))
CELL(queue, queue_packets, e->k.known ? value_uint(e->k.at) : value_none("?"))
CELL(avg_size, queue_packets, value_uint(average(&e->v)))
CELL(all_packets, queue_packets, value_as(&kind_rate, packets(&e->v)))
CELL(report_ms, queue_packets, value_uint(run.report_ns / 1000000))

#define SIZE(name, json, i, help)                                              \
	{                                                                      \
		COL(name, 0, queue_packets, v.sizes[i]), KEY(json), HELP(help) \
	}

static const struct col cols[] = {
	{ COLF("direction", 0, direction), HELP("tx: sent; rx: received"), JSON_ONLY },
	{ COLF("QueueID", 0, queue), FIELD(queue_packets, k), KEY("queue"),
	  HELP("Number of the queue; ? (JSON: null) for packets whose driver does not say") },
	{ COLF("avg_size", 0, avg_size), HELP("Average size of a packet, in bytes") },
	SIZE("[0, 64)", "size_0", 0, "Packets of less than 64 bytes"),
	SIZE("[64, 512)", "size_64", 1, "Packets of 64 to 511 bytes"),
	SIZE("[512, 2K)", "size_512", 2, "Packets of 512 to 2047 bytes"),
	SIZE("[2K, 16K)", "size_2048", 3, "Packets of 2048 to 16383 bytes"),
	SIZE("[16K, 64K)", "size_16384", 4, "Packets of 16384 bytes and more"),
	{ COL_AS(kind_rate, "BPS", 0, queue_packets, v.bytes), KEY("bytes"), WITH('t'),
	  HELP("Bytes per second, with -t (JSON: bytes in the interval)") },
	{ COLF("PPS", 0, all_packets), KEY("packets"), WITH('t'),
	  HELP("Packets per second, with -t (JSON: packets in the interval)") },
	{ COLF("interval_ms", 0, report_ms), HELP("Length of the interval, in milliseconds"),
	  JSON_ONLY },
	{ 0 },
};

static void parsed(void)
{
	if (!device)
		usage_error("name the network device: -n eth0");
	if (!*device || strlen(device) >= IF_NAMESIZE || strchr(device, '/'))
		usage_error("'%s' can't be the name of a network device", device);
}

/* Does sysfs show our network namespace, where the device has this number? */
static bool sysfs_knows(void)
{
	char path[64];
	u32 ifindex = 0;
	FILE *f;

	snprintf(path, sizeof(path), SYS_NET "/%s/ifindex", device);
	f = fopen(path, "re");
	if (f && fscanf(f, "%u", &ifindex) != 1)
		ifindex = 0;
	if (f)
		fclose(f);
	return ifindex == conf.ifindex;
}

static void count_queues(void)
{
	char path[64];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), SYS_NET "/%s/queues", device);
	d = sysfs_knows() ? opendir(path) : NULL;
	while (d && (e = readdir(d))) {
		shown[0] += !strncmp(e->d_name, "tx-", 3);
		shown[1] += !strncmp(e->d_name, "rx-", 3);
	}
	if (d)
		closedir(d);
	conf.tx = shown[0] > MANY ? shown[0] : MANY;
	conf.rx = shown[1] > MANY ? shown[1] : MANY;
	conf.cpus = libbpf_num_possible_cpus();
	if (conf.tx > 65536 || conf.rx > 65536)
		errx(1, "%s has too many queues", device);
}

static void prepare(void *skel)
{
	struct netqtop_bpf *b = skel;
	struct stat s;

	conf.ifindex = device_index(device);
	if (stat("/proc/self/ns/net", &s))
		err(1, "/proc/self/ns/net");
	conf.netns = s.st_ino;
	count_queues();
	bpf_map__set_max_entries(b->maps.queues, conf.tx + conf.rx + 1);
}

static bool is_empty(const struct queue_packets *q)
{
	return !packets(&q->v);
}

/* Each queue is a row, also an idle one; those whose number is not known are one only if there are any. */
static char *merge(char *recs, size_t *n)
{
	u32 all = conf.tx + conf.rx + 1;
	struct queue_packets *q = calloc(all + 1, sizeof(*q)), *from = (void *)recs;
	size_t kept = 0;

	if (!q)
		err(1, NULL);
	for (size_t i = 0; i < *n; i++)
		if (from[i].k.at < all)
			q[from[i].k.at] = from[i];
	free(recs);
	for (u32 i = 0; i < all; i++) {
		bool rx = i >= conf.tx, known = i < conf.tx + conf.rx;
		u32 at = rx ? i - conf.tx : i;

		if (!is_empty(&q[i]) && known && at >= shown[rx])
			shown[rx] = at + 1;
	}
	for (u32 i = 0; i < all; i++) {
		bool rx = i >= conf.tx, known = i < conf.tx + conf.rx;
		u32 at = rx ? i - conf.tx : i;

		if (known ? at && at >= shown[rx] : is_empty(&q[i]))
			continue;
		q[kept] = q[i];
		q[kept].k = (typeof(q->k)){ .at = at, .rx = rx, .known = known, .first = !at };
		if (kept && q[kept - 1].k.rx != rx)
			q[kept - 1].k.last = true;
		kept++;
	}
	if (kept)
		q[kept - 1].k.last = true;
	*n = kept;
	return (char *)q;
}

/* As BCC writes numbers: with as many decimals as they need, at most two; DECIMALS: at least one. */
static void put_number(double n, bool decimals)
{
	char s[NUMBER_LEN];
	const char *unit = n > 1e6 ? "M" : n > 1e3 ? "K" : "";
	size_t len;

	if (!*unit && !decimals) {
		text("%-11.0f", n);
		return;
	}
	len = snprintf(s, sizeof(s) - 1, "%.2f",
		       n > 1e6   ? n / (1024 * 1024)
		       : n > 1e3 ? n / 1024
				 : n);
	if (s[len - 1] == '0')
		len--;
	snprintf(s + len, sizeof(s) - len, "%s", unit);
	text("%-11s", s);
}

static void put_counts(const struct packet_counts *c)
{
	double seconds = run.report_ns ? run.report_ns / 1e9 : 1;
	u64 n = packets(c);

	put_number(n ? (double)c->bytes / n : 0, n);
	for (int i = 0; i < PACKET_SIZES; i++)
		put_number(c->sizes[i], false);
	if (throughput) {
		put_number(c->bytes / seconds, true);
		put_number(n / seconds, true);
	}
	text("\n");
}

static void put_head(bool rx)
{
	text("%s\n %-11s%-11s%-11s%-11s%-11s%-11s%-11s", rx ? "RX" : "TX", "QueueID", "avg_size",
	     "[0, 64)", "[64, 512)", "[512, 2K)", "[2K, 16K)", "[16K, 64K)");
	if (throughput)
		text("%-11s%-11s", "BPS", "PPS");
	text("\n");
}

static void put_dashes(void)
{
	static const char dashes[] =
		"-----------------------------------------------------------------"
		"------------------------------";

	text("%.*s\n", throughput ? 95 : 77, dashes);
}

static void row(struct rec r)
{
	static struct packet_counts total;
	const struct queue_packets *q = r.p;

	if (q->k.first)
		put_head(q->k.rx);
	if (q->k.known)
		text(" %-11u", q->k.at);
	else
		text(" %-11s", "?");
	put_counts(&q->v);
	total.bytes += q->v.bytes;
	for (int i = 0; i < PACKET_SIZES; i++)
		total.sizes[i] += q->v.sizes[i];
	if (!q->k.last)
		return;
	text(" Total      ");
	put_counts(&total);
	total = (struct packet_counts){ 0 };
	if (q->k.rx)
		put_dashes();
	else
		text("\n");
}

static void report_begin(void)
{
	time_t now = time(NULL);
	char s[64];

	text("%s", asctime_r(localtime_r(&now, &(struct tm){ 0 }), s) ?: "\n");
}

static const struct trial trials[] = { { "packets", "-n lo" }, { 0 } };

TOOL(netqtop, .summary = "Count packets by queue of a network device.",
     .examples = "Examples:\n"
		 "  netqtop -n eth0              # every second\n"
		 "  netqtop -n eth0 -i 10 -t     # every ten seconds; also packets and bytes per "
		 "second\n"
		 "  netqtop -n eth0 --json --once -- curl -O URL",
     CONF(conf), .trials = trials, .opts = opts, .cols = cols, ENTRIES("queues", queue_packets),
     .interval = 1, .no_interval = true, .parsed = parsed, .prepare = prepare, .merge = merge,
     .own_gaps = true, .report_begin = report_begin, .row = row)
