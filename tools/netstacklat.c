// SPDX-License-Identifier: BSD-2-Clause
/* netstacklat: how long packets take through the network stack.  After xdp-project's, by Simon Sundberg. */
#include "netstacklat.h"
#include "base/nsec.h"
#include "domain/device.h"
#include "domain/functions.h"
#include "domain/net.h"
#include "main/filter.h"
#include "netstacklat.skel.h"
#include <err.h>
#include <string.h>
#include <sys/socket.h>

static struct conf conf;
static const char *device;
static bool before_reads = true;

/* Packets that no process has read yet belong to no process. */
#define BEFORE_READS .wanted = &before_reads

static const struct probe probes[] = {
	{ "packets that reach TCP", { "tcp_v4_rcv" }, BEFORE_READS },
	{ "packets that reach IP", { "ip_rcv_core" }, BEFORE_READS, .optional = true },
	{ "packets that reach IPv6", { "ip6_rcv_core" }, BEFORE_READS, .optional = true },
	{ "packets that reach TCP over IPv6", { "tcp_v6_rcv" }, BEFORE_READS, .optional = true },
	{ "packets that reach UDP", { "udp_rcv" }, BEFORE_READS },
	{ "packets that reach UDP over IPv6", { "udpv6_rcv" }, BEFORE_READS, .optional = true },
	{ "packets that reach TCP sockets", { "tcp_queue_rcv" }, BEFORE_READS, .optional = true },
	{ "packets that reach UDP sockets", { "__udp_enqueue_schedule_skb" }, BEFORE_READS },
	{ "reads of TCP", { "tcp_read" } },
	{ "reads of UDP", { "skb_consume_udp" } },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_CONTAINER(0),
	OPT_STR('i', "interface", "DEVICE", &device,
		"Trace only packets that this network device received"),
	OPT_FAMILY,
	OPT_NETNS(0, "netns"),
	OPT_FUNCTION_TIMES,
	OPT_TIMESTAMP('T'),
	{ 0 },
};

static const char *const stages[STAGES] = {
	[IP] = "ip",
	[TCP] = "tcp",
	[UDP] = "udp",
	[TCP_QUEUE] = "tcp queue",
	[UDP_QUEUE] = "udp queue",
	[TCP_READ] = "tcp read",
	[UDP_READ] = "udp read",
};

CELL(stage, stage_times, value_str(NAME_OF(stages, e->stage)))

static const struct col cols[] = {
	{ COLF("stage", 0, stage), FIELD(stage_times, stage),
	  HELP("Where the packets were: ip, tcp, udp: they reached this protocol; tcp queue, udp "
	       "queue: they reached the queue of a socket; tcp read, udp read: a program has read "
	       "them") },
	COLS_FUNCTION_TIMES(stage_times, v, "Times since the packets came"),
	{ 0 },
};

static void parsed(void)
{
	functions_times_parsed();
	conf.unit = functions_unit();
	before_reads = !filter_is_set();
	if (device) {
		conf.ifindex = device_index(device);
		netns("/proc/self/ns/net");
	}
}

/* The kernel notes when packets come only while a socket wants to know, whichever that is. */
static void want_arrivals(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMP, &(int){ 1 }, sizeof(int)))
		err(1, "the kernel can't note when packets come");
}

static void prepare(void *skel)
{
	want_arrivals();
	net_prepare(skel);
}

/* The offset changes only when the clock is set. */
static void set_clock(void)
{
	u64 *offset = bpf_variable("clock_offset", sizeof(*offset));

	if (offset)
		*offset = clock_offset_ns(CLOCK_REALTIME);
}

static void loaded(void *skel)
{
	net_loaded(skel);
	set_clock();
}

static void end(void)
{
	const u64 *n = bpf_variable("unstamped", sizeof(*n));

	if (n && *n)
		warnx("%llu times it was not known when a packet had come", (unsigned long long)*n);
}

TOOL(netstacklat,
     .summary = "Summarize how long packets take from arrival to each part of the stack.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  netstacklat              # until Ctrl-C\n"
		 "  netstacklat -u 1 10      # in microseconds; ten reports, one per second\n"
		 "  netstacklat -i eth0 -4   # received by this device, over IPv4\n"
		 "  netstacklat -p 181       # how long they wait until process 181 reads them",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, ENTRIES("stages", stage_times),
     .report = REPORT_HIST, .gaps = true, .parsed = parsed, .prepare = prepare, .loaded = loaded,
     .report_end = set_clock, .end = end,
     .banner = "Tracing how long packets take... Hit Ctrl-C to end.")
