/* SPDX-License-Identifier: BSD-2-Clause */
/* For tools with tables of how much each process sent and received between which addresses (lib/flow.h). */
#pragma once
#include "domain/net.h"
#include "lib/flow.h"
#include "output/screen.h"

#define OPT_FLOWS                                                                       \
	OPT_TOP, OPT_PID, OPT_CONTAINER('c'), OPT_FAMILY, OPT_LPORTS('L', "localport"), \
		OPT_RPORTS('D', "remoteport"), OPT_NETNS(0, "netns"),                   \
		OPT_CHOICE('s', "sort", "FIELD", &flow_sort, flow_sorts,                \
			   "Sort by all (sent plus received), sent or received")
extern u32 flow_sort;
extern const char *const flow_sorts[];

/*
 * The columns of struct TYPE, whose bytes are the struct traffic M.  The tables of IPv4 and IPv6 differ in two
 * headers and their widths.
 */
#define COLS_FLOW(type, m, width, local, remote)                                             \
	{ COL("PID", -7, type, key.pid), HELP("Process ID") },                               \
		{ COL("COMM", -12, type, key.comm), HELP("Name of the thread"), TRUNCATED }, \
		{ COL_OF(flow_local, local, width, type, key), KEY("laddr"),                 \
		  HELP("Local address and port (LADDR6 in the IPv6 table)") },               \
		{ COL_OF(flow_remote, remote, width, type, key), KEY("raddr"),               \
		  HELP("Remote address and port (or RADDR6)") },                             \
		{ COL_AS(kind_kib, "RX_KB", 6, type, m.received), KEY("rx_bytes"),           \
		  HELP("Amount received, in KiB (JSON: rx_bytes, in bytes)") },              \
	{                                                                                    \
		COL_AS(kind_kib, "TX_KB", 6, type, m.sent), KEY("tx_bytes"),                 \
			HELP("Amount sent, in KiB (JSON: tx_bytes, in bytes)")               \
	}
/* Those after them, for JSON. */
#define COLS_FLOW_JSON(type)                                                                     \
	{ COL_OF(flow_family, "family", 0, type, key), HELP("IP version of the socket: 4 or 6"), \
	  JSON_ONLY },                                                                           \
		{ COL_OF(flow_lip, "lip", 0, type, key), HELP("Local address"), JSON_ONLY },     \
		{ COL("lport", 0, type, key.lport), HELP("Local port"), JSON_ONLY },             \
		{ COL_OF(flow_rip, "rip", 0, type, key), HELP("Remote address"), JSON_ONLY },    \
	{                                                                                        \
		COL("rport", 0, type, key.rport), HELP("Remote port"), JSON_ONLY                 \
	}

/* In TOOL(): the records are struct TYPE and struct TYPE4.  .parsed has to call flow_parsed(). */
#define FLOW_TOP(type)                                                                    \
	.is_alt = flow_is_ipv6, ENTRIES("flows6", type), ALSO_ENTRIES("flows4", type##4), \
	.unfold = flow_unfold, TOP_SCREEN, .begin = table_begin, .interval = 1,           \
	.compare = flow_compare, NET_FILTER

struct value flow_local(const void *flow_key);
struct value flow_remote(const void *flow_key);
struct value flow_lip(const void *flow_key);
struct value flow_rip(const void *flow_key);
struct value flow_family(const void *flow_key);
bool flow_is_ipv6(struct rec);
void flow_unfold(void *rec, const void *entry);
int flow_compare(const void *, const void *);
void flow_parsed(void);
