// SPDX-License-Identifier: BSD-2-Clause
/* dnssnoop: questions to DNS servers, and what came of them. */
#include "dnssnoop.h"
#include "dnssnoop.skel.h"
#include "domain/dns.h"
#include "domain/net.h"
#include "main/tool.h"
#include "output/fields.h"
#include "output/print.h"
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define NS 1000000000ull

static u32 timeout = 5;
static bool only_failed, ports_given;

/* A question that waits for its answer, or did: it leaves the chain at once, and the list in its turn. */
struct question {
	struct question *next, *chained; /* in the list, by time; in the chain */
	struct dns_event asked;          /* without the message */
	u16 id, type;
	u32 tries;
	bool done;
	char name[DNS_NAME_LEN + 1];
};
static struct question *first, **last = &first, *chains[4096];

/* What the row says that is being printed. */
static struct {
	const struct question *q;
	const struct dns_message *answer; /* NULL: none */
	struct endpoints ends;
	u64 ended;
	const char *why; /* there is no answer */
} row;
static bool telling;

static void add_ports(const char *arg)
{
	ports_given = true;
	net_rports(arg);
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_FAMILY,
	OPT_NETNS(0, "netns"),
	OPT_CALL('P', "port", "PORT", add_ports,
		 "The servers' port, or several: 53,5353 (default: 53)"),
	OPT_FLAG('x', "failed", &only_failed,
		 "Show only questions that got an error, or no answer"),
	OPT_U32(0, "timeout", "SECONDS", &timeout, 1, 3600,
		"Report a question as unanswered after this long (default: 5)"),
	{ 0 },
};

static struct value type_value(u16 type)
{
	return value_named(dns_type_name(type), "TYPE%u", type);
}

static struct value result_value(void)
{
	return value_named(row.answer ? dns_rcode_name(row.answer->rcode) : row.why, "RCODE%u",
			   row.answer->rcode);
}

static struct value addresses_value(void)
{
	static char text[DNS_ADDRESSES * INET6_ADDRSTRLEN];
	static struct list list;
	size_t n = 0;

	for (u32 i = 0; row.answer && i < row.answer->n_addrs; i++) {
		const struct dns_addr *a = &row.answer->addrs[i];

		inet_ntop(a->len == 4 ? AF_INET : AF_INET6, a->bytes, text + n, sizeof(text) - n);
		n += strlen(text + n) + 1;
	}
	list = (struct list){ .others = { text, text + n }, .style = LIST_COMMAS };
	return value_list(&list);
}

CELL(ended, dns_event, value_as(&kind_clock, row.ended))
CELL(pid, dns_event, value_uint(row.q->asked.pid))
CELL(tid, dns_event, value_uint(row.q->asked.tid))
CELL(comm, dns_event, value_chars(row.q->asked.comm, COMM_LEN))
CELL(server, dns_event, raddr_value(&row.ends))
CELL(port, dns_event, rport_value(&row.ends))
CELL(lport, dns_event, lport_value(&row.ends))
CELL(netns_cell, dns_event, netns_value(&row.q->asked.ends))
CELL(protocol, dns_event, value_str(row.q->asked.tcp ? "TCP" : "UDP"))
CELL(type, dns_event, type_value(row.q->type))
CELL(name, dns_event, value_str(row.q->name))
CELL(result, dns_event, result_value())
CELL(truncated, dns_event, value_bool(row.answer &&row.answer->truncated, NULL))
CELL(tries, dns_event, value_uint(row.q->tries))
CELL(latency, dns_event,
     row.answer ? value_as(&kind_ms, row.ended - row.q->asked.ts) : value_none("-"))
CELL(addresses, dns_event, addresses_value())

static const struct col cols[] = {
	{ COLF("TIME", -8, ended), TEXT_ONLY,
	  HELP("Time of day when the answer came, or the wait ended") },
	{ COLF("PID", -7, pid), HELP("Process that asked") },
	{ COLF("tid", 0, tid), JSON_ONLY, HELP("Its thread") },
	{ COLF("COMM", -16, comm), HELP("Name of the thread") },
	{ COLF("SERVER", -15, server), HELP("Address of the DNS server") },
	{ COLF("port", 0, port), JSON_ONLY, HELP("Its port") },
	{ COLF("lport", 0, lport), JSON_ONLY, HELP("Port of the process's socket") },
	{ COLF("protocol", 0, protocol), JSON_ONLY, HELP("UDP or TCP") },
	{ COLF("TYPE", -5, type), HELP("Type of record asked for, such as A or AAAA") },
	{ COLF("RESULT", -10, result),
	  HELP("NOERROR, NXDOMAIN (there is no such name), SERVFAIL and the like; TIMEOUT: no "
	       "answer "
	       "came in time; UNANSWERED: none had come when tracing ended") },
	{ COLF("LAT(ms)", 8, latency), KEY("lat_ns"),
	  HELP("Time from the question to the answer, in milliseconds; - (JSON: null) without an "
	       "answer (JSON: lat_ns, in nanoseconds)") },
	{ COLF("tries", 0, tries), JSON_ONLY, HELP("How often it was asked by the same socket") },
	{ COLF("truncated", 0, truncated), JSON_ONLY,
	  HELP("yes: the answer did not fit, so that the program may ask again by TCP") },
	{ COLF("NAME", -28, name), HELP("What was asked for") },
	{ COLF("ADDRESSES", 0, addresses), HELP("Addresses in the answer") },
	{ COLF("netns", 0, netns_cell), JSON_ONLY,
	  HELP("Inode number of the process's network namespace") },
	{ 0 },
};

static struct question **chain(u64 socket, u16 id)
{
	return &chains[(socket * 31 + id) % (sizeof(chains) / sizeof(*chains))];
}

/* The question of this socket; to this server, or, if ANY, to another one: its address may have been translated. */
static struct question **find(const struct dns_event *e, const struct dns_message *m, bool any)
{
	struct question **q = chain(e->socket, m->id);

	for (; *q; q = &(*q)->chained)
		if ((*q)->asked.socket == e->socket && (*q)->id == m->id && (*q)->type == m->type &&
		    !strcasecmp((*q)->name, m->name) &&
		    (any || !memcmp((*q)->asked.ends.raddr, e->ends.raddr, sizeof(e->ends.raddr))))
			return q;
	return NULL;
}

static int timer = -1;

static void wait_for_first(void)
{
	struct itimerspec at = { 0 };
	u64 due = first ? first->asked.ts + timeout * NS : 0;

	at.it_value = (struct timespec){ due / NS, due % NS };
	if (timer >= 0)
		timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void remove_first(void)
{
	struct question *q = first;

	first = q->next;
	if (!first)
		last = &first;
	free(q);
}

/* Print a row for a question without an answer. */
static void tell_unanswered(struct question *q, const char *why, u64 when)
{
	struct dns_event none = { .ts = when };
	struct question **at = chain(q->asked.socket, q->id);

	while (*at != q)
		at = &(*at)->chained;
	*at = q->chained;
	q->done = true;
	memset(&row, 0, sizeof(row));
	row.q = q;
	row.ends = q->asked.ends;
	row.ended = when;
	row.why = why;
	telling = true;
	record_print((struct rec){ &none, offsetof(struct dns_event, dns) });
	telling = false;
}

static void expire(u64 now)
{
	bool any = false;

	while (first && (first->done || first->asked.ts + timeout * NS <= now)) {
		if (!first->done)
			tell_unanswered(first, "TIMEOUT", first->asked.ts + timeout * NS);
		remove_first();
		any = true;
	}
	if (any)
		wait_for_first();
}

static void asked(const struct dns_event *e, const struct dns_message *m)
{
	struct question **at = find(e, m, false), *q;

	if (at) {
		(*at)->tries++;
		return;
	}
	q = calloc(1, sizeof(*q));
	if (!q)
		err(1, NULL);
	memcpy(&q->asked, e, offsetof(struct dns_event, dns));
	q->id = m->id;
	q->type = m->type;
	q->tries = 1;
	memcpy(q->name, m->name, sizeof(q->name));
	at = chain(e->socket, m->id);
	q->chained = *at;
	*at = q;
	*last = q;
	last = &q->next;
	if (first == q)
		wait_for_first();
}

/* TCP puts the length before each message; some programs send it by itself. */
static bool parse(const struct dns_event *e, size_t n, struct dns_message *m)
{
	return (e->tcp && n > 2 && dns_parse(e->dns + 2, n - 2, m)) || dns_parse(e->dns, n, m);
}

static bool keep(struct rec r)
{
	static struct dns_message m;
	const struct dns_event *e = r.p;
	size_t n = r.len - offsetof(struct dns_event, dns);
	struct question **at;

	if (telling)
		return true;
	expire(e->ts);
	if (!parse(e, e->len < n ? e->len : n, &m) || m.answer != !!e->answer)
		return false;
	if (!m.answer) {
		asked(e, &m);
		return false;
	}
	at = find(e, &m, false) ?: find(e, &m, true);
	if (!at)
		return false; /* not asked by whom the user wants, or before tracing began, or too late */
	row.q = *at;
	row.answer = &m;
	row.ends = e->ends;
	row.ended = e->ts;
	(*at)->done = true;
	*at = (*at)->chained;
	return !only_failed || m.rcode;
}

static int side_open(void)
{
	timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (timer < 0)
		err(1, "timer");
	return timer;
}

static void side_read(void)
{
	u64 ticks;

	if (read(timer, &ticks, sizeof(ticks)) > 0 && first)
		expire(first->asked.ts + timeout * NS);
}

static void end(void)
{
	for (; first; remove_first())
		if (!first->done)
			tell_unanswered(first, "UNANSWERED", time_mono());
}

static void parsed(void)
{
	if (!ports_given)
		net_rports("53");
}

static __attribute__((noreturn)) void cannot(const char *what, const char *cap)
{
	if (errno == EPERM || errno == EACCES)
		errx(1, "cannot %s: permission denied. Run it as root or also with %s.", what, cap);
	err(1, "cannot trace DNS messages: cannot %s", what);
}

/* The root of cgroup v2, which we mount for ourselves if nobody has: all sockets are in it anyway. */
static int open_root(void)
{
	const char *root = cgroup_root();
	int fd = root ? open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, fs;

	if (fd >= 0)
		return fd;
	fs = fsopen("cgroup2", FSOPEN_CLOEXEC);
	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) ||
	    (fd = fsmount(fs, FSMOUNT_CLOEXEC, 0)) < 0)
		cannot("mount cgroup v2", "CAP_SYS_ADMIN");
	close(fs);
	return fd;
}

static void attach(void *skel)
{
	struct dnssnoop_bpf *b = skel;
	int fd = open_root();

	b->links.asked = bpf_program__attach_cgroup(b->progs.asked, fd);
	if (b->links.asked)
		b->links.answered = bpf_program__attach_cgroup(b->progs.answered, fd);
	if (!b->links.answered)
		cannot("attach to the root cgroup", "CAP_NET_ADMIN");
	close(fd);
}

TOOL(dnssnoop, .summary = "Trace questions to DNS servers, and what came of them.",
     .examples = "Examples:\n"
		 "  dnssnoop               # every question, with the answer\n"
		 "  dnssnoop -x            # those that failed, or got no answer\n"
		 "  dnssnoop --timeout 2   # wait no longer than two seconds for an answer\n"
		 "  dnssnoop -p 181 --json",
     .opts = opts, .cols = cols, EVENTS_TO(dns_event, dns, TAIL_BYTES), .keep = keep,
     .parsed = parsed, .attach = attach, .side_open = side_open, .side_read = side_read, .end = end,
     NET_FILTER)
