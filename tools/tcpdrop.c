// SPDX-License-Identifier: BSD-2-Clause
/* tcpdrop: trace TCP segments that the kernel drops, and why.  After BCC's, by Brendan Gregg. */
#include "tcpdrop.h"
#include "domain/net.h"
#include "kernel/kbtf.h"
#include "main/tool.h"
#include "symbols/ksym.h"
#include "symbols/stack.h"
#include "tcpdrop.skel.h"
#include <bpf/bpf.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct conf conf;
static bool explain;

static const struct probe probes[] = {
	{ "packets being dropped", { "dropped" } },
	OWNERS_KEPT,
	OWNERS_SEEN,
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FAMILY,
	OPT_NETNS(0, "netns"),
	OPT_CALL(0, "netns-id", "N", netns,
		 "Trace only the network namespace with this inode number"),
	OPT_CALL(0, "pid-netns", "PID", netns_of_pid,
		 "Trace only the network namespace of this process"),
	OPT_FLAG('e', "explain", &explain,
		 "Explain the common reasons: what each means, and what to look at"),
	{ 0 },
};

/* What a reason means.  Which reasons there are, and their numbers, the kernel says. */
static const struct {
	const char *name, *means;
} meanings[] = {
	{ "NOT_SPECIFIED",
	  "The kernel does not say why: often the segment was handled, and nothing is lost." },
	{ "QUEUE_PURGE", "The program closed the socket before it had read this." },
	{ "NO_SOCKET", "Nothing listens on this port, and there is no such connection (any more): "
		       "is the server running, on this address?" },
	{ "SOCKET_FILTER",
	  "The socket has a filter (SO_ATTACH_FILTER, SO_ATTACH_BPF) that refused it." },
	{ "SOCKET_RCVBUFF", "The socket's receive buffer is full: its program reads too slowly "
			    "(ss -tm shows the queue)." },
	{ "SOCKET_BACKLOG",
	  "While the program was inside a system call on this socket, more came in than "
	  "its receive and send buffers together allow (netstat -s: TCPBacklogDrop)." },
	{ "TCP_LISTEN_OVERFLOW",
	  "The queue of connections to accept is full: the server accepts too slowly, or "
	  "its backlog is too short (ss -ltn: Recv-Q, Send-Q)." },
	{ "TCP_CSUM", "The TCP checksum is wrong: damaged on the way, or by a driver's or "
		      "hypervisor's offloading (ethtool -k)." },
	{ "IP_CSUM", "The IP header's checksum is wrong: it was damaged on the way." },
	{ "NETFILTER_DROP", "A firewall rule dropped it (nft list ruleset, iptables -L -v)." },
	{ "XFRM_POLICY", "An IPsec policy wants it encrypted, or forbids it (ip xfrm policy)." },
	{ "IP_RPFILTER",
	  "The reply would leave by another interface: sysctl rp_filter rejects its source." },
	{ "OTHERHOST",
	  "It is addressed to another machine, and came here only because the interface "
	  "is promiscuous." },
	{ "PROTO_MEM",
	  "All TCP sockets together use more memory than sysctl net.ipv4.tcp_mem allows." },
	{ "TCP_FLAGS", "Its flags don't fit the connection's state." },
	{ "TCP_ABORT_ON_DATA",
	  "Data came for a connection that the program has already closed; a reset was sent." },
	{ "SOCKET_CLOSE", "The program closed the socket with this still in its queue." },
	{ "TCP_ZEROWINDOW",
	  "The receiver had said that it has no room (a window of 0): its program "
	  "reads too slowly." },
	{ "TCP_OVERWINDOW",
	  "It is beyond the room that the receiver offered: the sender ignores the window." },
	{ "TCP_OLD_DATA", "This data had already come: it was sent again, perhaps because an "
			  "acknowledgement was lost or late." },
	{ "TCP_OFOMERGE", "Segments that came out of order already contain this data." },
	{ "TCP_OFO_QUEUE_PRUNE",
	  "Memory ran short, so segments that came out of order were thrown away; "
	  "they will be sent again." },
	{ "TCP_OFO_DROP", "It came out of order, and there was no memory to keep it." },
	{ "TCP_RFC7323_PAWS",
	  "Its timestamp is older than one that came before: a late duplicate, or "
	  "several machines behind one address (NAT)." },
	{ "TCP_OLD_SEQUENCE", "All of it had already come: a duplicate, or keepalive." },
	{ "TCP_INVALID_SEQUENCE",
	  "Its sequence number is outside of the window: a late duplicate, a middlebox, or "
	  "an attack." },
	{ "TCP_RESET",
	  "It is a reset, which ended the connection: there is nothing else to do with it." },
	{ "TCP_INVALID_SYN",
	  "A SYN came in the middle of a connection: the other side restarted, or it is an "
	  "attack." },
	{ "TCP_CLOSE", "The connection is closed." },
	{ "TCP_OLD_ACK",
	  "It acknowledges what had been acknowledged before: it came late, in the wrong order." },
	{ "TCP_TOO_OLD_ACK",
	  "It acknowledges data from too long ago: a late duplicate, or an attack." },
	{ "TCP_ACK_UNSENT_DATA",
	  "It acknowledges what was never sent: a middlebox, or an attack." },
	{ "TCP_MINTTL", "It came from too many hops away for this socket (IP_MINTTL)." },
	{ "IP_OUTNOROUTES", "There is no route to its destination (ip route get)." },
	{ "NEIGH_FAILED",
	  "Nobody answered for the next hop's address: is it up, and on this network "
	  "(ip neigh)?" },
	{ "NEIGH_QUEUEFULL",
	  "Too many packets wait for the next hop's hardware address (ip neigh)." },
	{ "QDISC_DROP",
	  "The queueing discipline of the interface dropped it: its queue is full, or it "
	  "limits the rate (tc -s qdisc)." },
	{ "QDISC_OVERLIMIT", "The queue of the interface is full (tc -s qdisc)." },
	{ "CPU_BACKLOG",
	  "The CPU's queue of incoming packets is full: see sysctl net.core.netdev_max_backlog, "
	  "and whether one CPU handles all interrupts." },
	{ "FULL_RING",
	  "The ring between a virtual interface and its reader is full: the other side reads too "
	  "slowly." },
	{ "TC_INGRESS",
	  "A traffic control filter for incoming packets dropped it (tc filter show)." },
	{ "TC_EGRESS",
	  "A traffic control filter for outgoing packets dropped it (tc filter show)." },
	{ "XDP", "An XDP program dropped it (ip link shows whether there is one)." },
	{ "BPF_CGROUP_EGRESS",
	  "A BPF program of the sender's cgroup refused it (bpftool cgroup tree)." },
	{ "SECURITY_HOOK", "A security module (LSM) refused it; its log may say why." },
	{ "TCP_MD5NOTFOUND", "The socket expects an MD5 signature, and this has none." },
	{ "TCP_MD5FAILURE", "Its MD5 signature is wrong: do both sides have the same key?" },
	{ "PACKET_SOCK_ERROR",
	  "Only a copy was dropped: a program that captures packets is too slow." },
	{ "PKT_TOO_BIG", "It is larger than the interface's MTU." },
	{ "IP_INNOROUTES", "There is no route for it, or none for a reply." },
	{ "NOMEM", "There was no memory." },
};

static const char *meaning(const struct drop_event *e)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (!strncmp(e->reason.name, meanings[i].name, DROP_REASON_LEN))
			return meanings[i].means;
	return NULL;
}

/* The function that dropped the packet; NULL if its name is not known. */
static const char *function(const struct drop_event *e)
{
	struct ksym k;

	/* The address is the one after a call. */
	return ksym_find(e->location - 1, &k) ? k.name : NULL;
}

/* "SYN|ACK"; valid until the next call. */
static const char *flags_text(const struct drop_event *e)
{
	static const char *const names[] = {
		"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"
	};
	static char list[sizeof("FIN|SYN|RST|PSH|ACK|URG|ECE|CWR")];
	char *at = list;

	*list = 0;
	for (int i = 0; i < 8; i++)
		if (e->flags >> i & 1)
			at = stpcpy(at == list ? at : stpcpy(at, "|"), names[i]);
	return list;
}

static struct stack stack_of(struct rec r)
{
	static u64 frames[EVENT_FRAMES];
	const struct drop_event *e = r.p;
	size_t n = (r.len - offsetof(struct drop_event, frames)) / sizeof(*frames);

	memcpy(frames, e->frames, n * sizeof(*frames));
	return (struct stack){ .addrs = frames, .n = n, .ts = e->ts };
}

static const char *state_name(const struct drop_event *e)
{
	return e->state ? tcp_state_name(e->state) : NULL;
}

static const char *reason_name(const struct drop_event *e)
{
	return e->reason.name[0] ? e->reason.name : "UNKNOWN";
}

static struct value state_flags(struct rec r)
{
	static char text[64];
	const struct drop_event *e = r.p;

	snprintf(text, sizeof(text), "%s (%s)", state_name(e) ?: "-", flags_text(e));
	return value_str(text);
}

static struct value reason(struct rec r)
{
	static char text[DROP_REASON_LEN + 16];
	const struct drop_event *e = r.p;

	if (!e->has_code)
		return value_str(function(e) ?: "UNKNOWN");
	snprintf(text, sizeof(text), "%.*s (%u)", DROP_REASON_LEN, reason_name(e), e->code);
	return value_str(text);
}

static void put_explanation(struct out *o, struct rec r)
{
	(void)o;
	if (meaning(r.p))
		text("\n  %s", meaning(r.p));
}

static void put_line(struct out *o, struct rec r)
{
	(void)o;
	(void)r;
	text("\n");
}

CELL(arrow, drop_event, value_str(">"))
CELL(state, drop_event, value_maybe(state_name(e)))
CELL(flags, drop_event, value_str(flags_text(e)))
CELL(code, drop_event, e->has_code ? value_uint(e->code) : value_none("-"))
CELL(function_name, drop_event, value_maybe(function(e)))
CELL(explanation, drop_event, value_maybe(meaning(e)))
CELL(explained, drop_event, value_written(put_explanation))
CELL(stack, drop_event, stack_value(stack_of(r), "\t"))
CELL(blank_line, drop_event, value_written(put_line))

static const struct col cols[] = {
	{ COL_TIME(-8, drop_event), HELP("Time of day") },
	{ COL("PID", -7, drop_event, pid), KEY("running_pid"),
	  HELP("Process that ran on the CPU: in an interrupt, whichever was interrupted (JSON: "
	       "running_pid)") },
	{ COL_OWNER_PID("pid", 0, drop_event, owner), JSON_ONLY },
	{ COL_OWNER_COMM("comm", 0, drop_event, owner), JSON_ONLY },
	{ COL_IP(-2, drop_event, ends) },
	{ COL_OF(local_value, "SADDR:SPORT", -20, drop_event, ends),
	  HELP("Address and port that the segment came from (JSON: saddr and sport)"),
	  .flags = COL_TEXT_ONLY },
	{ COL_OF(laddr_value, "saddr", 0, drop_event, ends), HELP("Address that it came from"),
	  JSON_ONLY },
	{ COL_OF(lport_value, "sport", 0, drop_event, ends), HELP("Port that it came from"),
	  JSON_ONLY },
	{ COLF(">", 1, arrow), HELP("Always >"), .flags = COL_TEXT_ONLY },
	{ COL_OF(remote_value, "DADDR:DPORT", -20, drop_event, ends),
	  HELP("Address and port that it was sent to (JSON: daddr and dport)"),
	  .flags = COL_TEXT_ONLY },
	{ COL_OF(raddr_value, "daddr", 0, drop_event, ends), HELP("Address that it was sent to"),
	  JSON_ONLY },
	{ COL_OF(rport_value, "dport", 0, drop_event, ends), HELP("Port that it was sent to"),
	  JSON_ONLY },
	{ COLF("STATE (FLAGS)", -20, state_flags),
	  HELP("State of the socket, - if there is none or it is not known, and the segment's "
	       "flags "
	       "(JSON: state and flags)"),
	  .flags = COL_TEXT_ONLY },
	{ COLF("state", 0, state), HELP("State of the socket, or null"), JSON_ONLY },
	{ COLF("flags", 0, flags), HELP("Flags of the segment, with | between them"), JSON_ONLY },
	{ COLF("REASON (CODE)", 0, reason),
	  HELP("Why it was dropped, and the kernel's number for that; before Linux 5.17, the "
	       "kernel function "
	       "that dropped it (JSON: reason, code and function)"),
	  .flags = COL_TEXT_ONLY },
	{ COL("reason", 0, drop_event, reason.name), NONE("UNKNOWN"),
	  HELP("Why it was dropped; null if the kernel does not say"), JSON_ONLY },
	{ COLF("code", 0, code), HELP("The kernel's number for that, or null"), JSON_ONLY },
	{ COLF("function", 0, function_name), HELP("Kernel function that dropped it, or null"),
	  JSON_ONLY },
	{ COL_NETNS(0, drop_event, ends), JSON_ONLY },
	{ COLF("explanation", 0, explanation), HELP("What the reason means, with -e; or null"),
	  .opt = 'e', .flags = COL_JSON_ONLY | COL_ONLY_IF },
	{ COLF("explained", 0, explained), .opt = 'e',
	  .flags = COL_TEXT_ONLY | COL_ONLY_IF | COL_BELOW },
	{ COLF("stack", 0, stack), HELP("Kernel functions that led to the drop, innermost first"),
	  .flags = COL_BELOW },
	{ COLF("", 0, blank_line), .flags = COL_TEXT_ONLY | COL_BELOW },
	{ 0 },
};

/* The kernel's reasons. */
static struct known {
	u32 code;
	struct drop_reason reason;
} * known;
static u32 n_known;

static void learn(const char *name, u32 code)
{
	static const char prefix[] = "SKB_DROP_REASON_";

	if (!strcmp(name, "SKB_CONSUMED"))
		conf.consumed = code;
	if (!strcmp(name, "SKB_DROP_REASON_NOT_SPECIFIED"))
		conf.not_specified = code;
	if (strncmp(name, prefix, strlen(prefix)))
		return;
	known = reallocarray(known, n_known + 1, sizeof(*known));
	if (!known)
		err(1, NULL);
	known[n_known] = (struct known){ .code = code };
	strncpy(known[n_known++].reason.name, name + strlen(prefix), DROP_REASON_LEN - 1);
}

static void prepare(void *skel)
{
	struct bpf_map *map;

	net_prepare(skel);
	stack_show.from_probe = true;
	n_known = 0;
	kbtf_enum(KBTF_DROP_REASONS, learn);
	map = bpf_object__find_map_by_name(((struct skel *)skel)->obj, "reasons");
	bpf_map__set_max_entries(map, n_known ?: 1);
}

static void loaded(void *skel)
{
	net_loaded(skel);
	for (u32 i = 0; i < n_known; i++)
		if (bpf_map_update_elem(map_fd("reasons"), &known[i].code, &known[i].reason,
					BPF_ANY))
			err(1, "cannot fill the BPF map reasons");
}

TOOL(tcpdrop, .summary = "Trace TCP segments that the kernel drops, and why.",
     .examples = "Examples:\n"
		 "  tcpdrop                 # every drop\n"
		 "  tcpdrop -e              # and what the reason means\n"
		 "  tcpdrop -4 --json       # of IPv4, as JSON\n"
		 "  tcpdrop --pid-netns 181 # where process 181 is",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols,
     EVENTS_TO(drop_event, frames, TAIL_BYTES), .prepare = prepare, .loaded = loaded)
