// SPDX-License-Identifier: BSD-2-Clause
/* udptop: UDP throughput by the two addresses and process. */
/* LIBS: ncursesw */
#include "udptop.h"
#include "domain/flow.h"
#include "main/tool.h"
#include "output/table.h"
#include "udptop.skel.h"

static bool datagrams;

static const struct probe probes[] = { DATAGRAMS_SEEN, { 0 } };

static const struct opt opts[] = {
	OPT_FLOWS,
	OPT_FLAG('d', "datagrams", &datagrams, "Also show how many datagrams that was"),
	{ 0 },
};

#define COLS(width, local, remote)                                                          \
	COLS_FLOW(udp_flow, v.bytes, width, local, remote),                                 \
		{ COL("RX_DGRAMS", 9, udp_flow, v.datagrams.received), KEY("rx_datagrams"), \
		  HELP("Number of datagrams received"), WITH('d') },                        \
		{ COL("TX_DGRAMS", 9, udp_flow, v.datagrams.sent), KEY("tx_datagrams"),     \
		  HELP("Number of datagrams sent"), WITH('d') },                            \
		COLS_FLOW_JSON(udp_flow),                                                   \
	{                                                                                   \
		0                                                                           \
	}

static const struct col cols[] = { COLS(-21, "LADDR", "RADDR") };
static const struct col cols6[] = { COLS(-32, "LADDR6", "RADDR6") };

TOOL(udptop, .summary = "Show UDP throughput by address and process.", .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  udptop             # every second\n"
		 "  udptop -C 5 3      # three 5-second reports, without clearing the screen\n"
		 "  udptop -d -D 53    # to DNS servers, with the number of datagrams\n"
		 "  udptop -s sent -r 10 -p 181,307",
     .probes = probes, .opts = opts, .cols = cols, .alt_cols = cols6, FLOW_TOP(udp_flow),
     .parsed = flow_parsed)
