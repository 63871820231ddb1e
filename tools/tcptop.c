// SPDX-License-Identifier: BSD-2-Clause
/* tcptop: TCP throughput by connection and process.  After BCC's, by Brendan Gregg. */
/* LIBS: ncursesw */
#include "tcptop.h"
#include "domain/flow.h"
#include "main/tool.h"
#include "output/table.h"
#include "tcptop.skel.h"

static bool has_mptcp; /* this kernel was built with it */

static const struct probe probes[] = {
	TCP_SENDS_SEEN(NULL, &has_mptcp),
	TCP_RECEIVES_SEEN(NULL, &has_mptcp),
	{ 0 },
};

static const struct opt opts[] = { OPT_FLOWS, { 0 } };

static const struct col cols[] = {
	COLS_FLOW(flow, v, -21, "LADDR", "RADDR"),
	COLS_FLOW_JSON(flow),
	{ 0 },
};
static const struct col cols6[] = {
	COLS_FLOW(flow, v, -32, "LADDR6", "RADDR6"),
	COLS_FLOW_JSON(flow),
	{ 0 },
};

static void parsed(void)
{
	flow_parsed();
	has_mptcp = net_has_mptcp();
}

TOOL(tcptop, .summary = "Show TCP throughput by connection and process.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  tcptop             # every second\n"
		 "  tcptop -C 5 3      # three 5-second reports, without clearing the screen\n"
		 "  tcptop -s sent -r 10 -p 181,307",
     .probes = probes, .opts = opts, .cols = cols, .alt_cols = cols6, FLOW_TOP(flow),
     .parsed = parsed)
