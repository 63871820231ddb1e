// SPDX-License-Identifier: BSD-2-Clause
/* tcpstates: state changes of TCP sockets.  After BCC's, by Brendan Gregg. */
#include "tcpstates.h"
#include "domain/net.h"
#include "main/tool.h"
#include "tcpstates.skel.h"
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static bool wide, to_journal;
static int journal = -1;
static u64 journal_lost;

static const struct probe probes[] = {
	{ "changes of state", { "state_set" } },
	OWNERS_SEEN,
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FLAG('w', "wide", &wide, "Make room for IPv6 addresses, and show the IP version"),
	OPT_CSV('s'),
	OPT_LPORTS('L', "localport"),
	OPT_RPORTS('D', "remoteport"),
	OPT_FLAG('Y', "journal", &to_journal, "Also write each change to the systemd journal"),
	OPT_FAMILY,
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_NETNS(0, "netns"),
	{ 0 },
};

CELL(arrow, state_event, value_str("->"))

enum { TIME, TIME_S, SKADDR, PID, COMM, IP, LADDR, LPORT, RADDR, RPORT, NETNS };
static struct col cols[] = {
	[TIME] = { COL_TIME(-8, state_event), HELP("Time of day"),
		   SHOW('T', "time", "Show the time of day") },
	[TIME_S] = { COL_TIME_S6(-9, state_event), HELP("Time in seconds since the first row"),
		     SHOW('t', "timestamp", "Show the time in seconds") },
	[SKADDR] = { COL_AS(kind_hex, "SKADDR", -16, state_event, sk),
		     HELP("The socket's address in the kernel, which tells it from others") },
	[PID] = { COL_OWNER_PID("C-PID", -5, state_event, owner) },
	[COMM] = { COL_OWNER_COMM("C-COMM", -10, state_event, owner), TRUNCATED },
	[IP] = { COL_IP(-2, state_event, ends), WITH('w') },
	[LADDR] = COLS_ENDPOINTS(state_event, ends, -15, -5),
	{ COL_OF(tcp_state_value, "OLDSTATE", -11, state_event, old),
	  HELP("State that the socket was in") },
	{ COLF("->", -2, arrow), .opt = 's', .flags = COL_UNLESS | COL_TEXT_ONLY },
	{ COL_OF(tcp_state_value, "NEWSTATE", -11, state_event, new),
	  HELP("State that it is in now") },
	{ COL_AS(kind_ms3, "MS", 0, state_event, ns), KEY("ns"),
	  HELP("How long it was in the old state, in milliseconds (JSON: ns, in nanoseconds); 0 "
	       "for "
	       "the first change that is seen") },
	{ 0 },
};

static void parsed(void)
{
	if (run.csv)
		cols[IP].opt = 's';
	if (!wide)
		return;
	cols[COMM].width = -16;
	cols[LADDR].width = cols[RADDR].width = -39;
}

static void prepare(void *skel)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX,
				  .sun_path = "/run/systemd/journal/socket" };

	net_prepare(skel);
	if (!to_journal)
		return;
	journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (journal < 0 || connect(journal, (void *)&to, sizeof(to)))
		err(1, "cannot write to the systemd journal: %s", to.sun_path);
}

/* A line of a journal entry can't have a newline in it. */
static void comm_line(char line[COMM_LEN + 1], const struct owner *o)
{
	snprintf(line, COMM_LEN + 1, "%.*s", COMM_LEN, *o->comm ? o->comm : "?");
	for (; *line; line++)
		if (*line == '\n')
			*line = '?';
}

/* An entry as systemd-journald reads it: a field on each line. */
static bool keep(struct rec r)
{
	const struct state_event *e = r.p;
	const struct endpoints *n = &e->ends;
	char entry[1024], comm[COMM_LEN + 1], from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
	const char *old = tcp_state_name(e->old), *new = tcp_state_name(e->new);
	int ip = n->family == AF_INET6 ? 6 : 4, len;

	if (journal < 0)
		return true;
	comm_line(comm, &e->owner);
	inet_ntop(n->family, n->laddr, from, sizeof(from));
	inet_ntop(n->family, n->raddr, to, sizeof(to));
	len = snprintf(
		entry, sizeof(entry),
		"MESSAGE=%s %s %u → %s %u %s → %s\n"
		"SYSLOG_IDENTIFIER=tcpstates\nPRIORITY=5\nOBJECT_PID=%u\n%s%s%s"
		"OBJECT_IPV%d_SOURCE_ADDRESS=%s\nOBJECT_TCP_SOURCE_PORT=%u\n"
		"OBJECT_IPV%d_DESTINATION_ADDRESS=%s\nOBJECT_TCP_DESTINATION_PORT=%u\n"
		"OBJECT_TCP_OLD_STATE=%s\nOBJECT_TCP_NEW_STATE=%s\nOBJECT_TCP_SPAN_TIME=%llu\n",
		comm, from, n->lport, to, n->rport, old, new, e->owner.pid,
		getuid() ? "OBJECT_COMM=" : "", getuid() ? comm : "", getuid() ? "\n" : "", ip,
		from, n->lport, ip, to, n->rport, old, new, (unsigned long long)e->ns / 1000);
	if (send(journal, entry, len, MSG_NOSIGNAL) < 0)
		journal_lost++;
	return true;
}

static void end(void)
{
	if (journal_lost)
		warnx("lost %llu journal entries: systemd-journald did not take them",
		      (unsigned long long)journal_lost);
}

TOOL(tcpstates, .summary = "Trace the state changes of TCP sockets.",
     .examples = "Examples:\n"
		 "  tcpstates            # every change\n"
		 "  tcpstates -T -w      # with the time of day, and room for IPv6\n"
		 "  tcpstates -L 80,443  # of two local ports\n"
		 "  tcpstates -Y -D 5432 # also to the journal\n"
		 "  tcpstates --json -- curl https://localhost/",
     .probes = probes, .opts = opts, .cols = cols, EVENTS(state_event), .parsed = parsed,
     .prepare = prepare, .loaded = net_loaded, .keep = keep, .end = end)
