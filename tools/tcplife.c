// SPDX-License-Identifier: BSD-2-Clause
/* tcplife: the lifespan of TCP connections.  After BCC's, by Brendan Gregg. */
#include "tcplife.h"
#include "domain/errname.h"
#include "domain/life.h"
#include "main/tool.h"
#include "tcplife.skel.h"
#include <errno.h>

static bool with_why;

static const struct probe probes[] = {
	{ "connections", { "state_set" } },
	OWNERS_SEEN,
	{ 0 },
};

static const struct opt opts[] = {
	OPT_LIFE,
	OPT_FLAG(0, "why", &with_why, "Show why each connection ended"),
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

static struct col cols[] = {
	COLS_LIFE(life_event, "connection"),
	COLS_ENDPOINTS(life_event, ends, -15, -5),
	{ COL_AS(kind_kib, "TX_KB", 5, life_event, tx), KEY("tx_bytes"),
	  HELP("Data sent that the other side has acknowledged, in KiB (JSON: tx_bytes, in "
	       "bytes)") },
	{ COL_AS(kind_kib, "RX_KB", 5, life_event, rx), KEY("rx_bytes"),
	  HELP("Data received, in KiB (JSON: rx_bytes, in bytes)") },
	{ COL_AS(kind_ms, "MS", 0, life_event, ns), KEY("ns"),
	  HELP("How long the connection was open, in milliseconds (JSON: ns, in "
	       "nanoseconds); if "
	       "it "
	       "never opened, how long it was tried") },
	{ COLF("WHY", 0, why), JSON_ONLY,
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
	for (struct col *c = cols; with_why && c->name; c++) {
		if (c->value == why)
			c->flags = 0;
		else if (c->kind == &kind_ms)
			c->width = -9;
	}
	life_parsed(cols);
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
