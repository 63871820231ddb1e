// SPDX-License-Identifier: BSD-2-Clause
/* tcplife: the lifespan of TCP connections.  After BCC's, by Brendan Gregg. */
#include "tcplife.h"
#include "domain/errname.h"
#include "domain/net.h"
#include "main/tool.h"
#include "tcplife.skel.h"
#include <errno.h>

static bool wide, with_why;

static const struct probe probes[] = {
	{ "connections", { "state_set" } },
	OWNERS_SEEN,
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FLAG('w', "wide", &wide, "Make room for IPv6 addresses, and show the IP version"),
	OPT_CSV('s'),
	OPT_FLAG(0, "why", &with_why, "Show why each connection ended"),
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_LPORTS('L', "localport"),
	OPT_RPORTS('D', "remoteport"),
	OPT_FAMILY,
	OPT_NETNS(0, "netns"),
	{ 0 },
};

/*
 * A reset that was received leaves an error in the socket before the connection ends; one that is sent
 * leaves none.  Without an error, the last state tells who sent the first FIN.
 */
static const char *why_of(const struct life_event *e)
{
	switch (e->error) {
	case 0:
		break;
	case ECONNREFUSED:
		return "refused";
	case ETIMEDOUT:
		return "timeout";
	case ECONNRESET:
	case EPIPE:
		return "reset_received";
	default:
		return errname(e->error) ?: "?";
	}
	switch (e->old) {
	case TCP_SYN_SENT:
		return "given_up";
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
	case TCP_CLOSING:
	case TCP_TIME_WAIT:
		return "local_close";
	case TCP_LAST_ACK:
		return "remote_close";
	default:
		return "reset_sent";
	}
}

CELL(why, life_event, value_str(why_of(e)))

enum { TIME, TIME_S, PID, COMM, IP, LADDR, LPORT, RADDR, RPORT, NETNS, TX, RX, MS, WHY };
static struct col cols[] = {
	[TIME] = { COL_TIME(-8, life_event), HELP("Time of day when the connection ended"),
		   SHOW('T', "time", "Show the time of day") },
	[TIME_S] = { COL_TIME_S6(-9, life_event),
		     HELP("When it ended, in seconds since the first row"),
		     SHOW('t', "timestamp", "Show the time in seconds") },
	[PID] = { COL_OWNER_PID("PID", -5, life_event, owner) },
	[COMM] = { COL_OWNER_COMM("COMM", -10, life_event, owner), TRUNCATED },
	[IP] = { COL_IP(-2, life_event, ends), WITH('w') },
	[LADDR] = COLS_ENDPOINTS(life_event, ends, -15, -5),
	[TX] = { COL_AS(kind_kib, "TX_KB", 5, life_event, tx), KEY("tx_bytes"),
		 HELP("Data sent that the other side has acknowledged, in KiB (JSON: tx_bytes, in "
		      "bytes)") },
	[RX] = { COL_AS(kind_kib, "RX_KB", 5, life_event, rx), KEY("rx_bytes"),
		 HELP("Data received, in KiB (JSON: rx_bytes, in bytes)") },
	[MS] = { COL_AS(kind_ms, "MS", 0, life_event, ns), KEY("ns"),
		 HELP("How long the connection was open, in milliseconds (JSON: ns, in "
		      "nanoseconds); if "
		      "it "
		      "never opened, how long it was tried") },
	[WHY] = { COLF("WHY", 0, why), JSON_ONLY,
		  HELP("Why it ended (shown with --why): local_close, remote_close (who sent the "
		       "first "
		       "FIN), reset_sent, reset_received, timeout, refused, given_up (closed "
		       "before "
		       "there was an answer), or another error's name") },
	{ COL("errno", 0, life_event, error),
	  HELP("The error that the socket had at its end, or 0"), JSON_ONLY },
	{ 0 },
};

static void parsed(void)
{
	if (with_why) {
		cols[WHY].flags = 0;
		cols[MS].width = -9;
	}
	if (run.csv)
		cols[IP].opt = 's';
	if (!wide)
		return;
	cols[COMM].width = -16;
	cols[LADDR].width = cols[RADDR].width = -39;
	cols[TX].width = cols[RX].width = 6;
}

TOOL(tcplife, .summary = "Show TCP connections that ended, with their lifespan and bytes.",
     .examples = "Examples:\n"
		 "  tcplife              # every connection\n"
		 "  tcplife -T -w        # with the time of day, and room for IPv6\n"
		 "  tcplife -L 80,443    # to two local ports\n"
		 "  tcplife --why        # with the reason why each ended\n"
		 "  tcplife -D 5432 -p 181\n"
		 "  tcplife --json -- curl https://localhost/",
     .probes = probes, .opts = opts, .cols = cols, EVENTS(life_event), .parsed = parsed, NET_FILTER)
