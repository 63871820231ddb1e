// SPDX-License-Identifier: BSD-2-Clause
/* drsnoop: trace direct reclaim of memory.  After BCC's, by Wenbo Zhang. */
#include "drsnoop.h"
#include "drsnoop.skel.h"
#include "kernel/kaddr.h"
#include "kernel/kbtf.h"
#include "main/tool.h"
#include <err.h>
#include <unistd.h>

static struct conf conf;

static const struct probe probes[] = {
	{ "direct reclaim", { "began ended" } },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_COMM('n', "name"),
	OPT_DURATION('d'),
	OPT_FLAG('v', "verbose", &conf.memory, "Show how much memory was free when it began"),
	OPT_FLAG('e', "extended", &conf.memory, "The same as --verbose"),
	{ 0 },
};

static struct value bytes(u64 pages)
{
	return pages == PAGES_UNKNOWN ? value_none("?")
				      : value_as(&kind_kib, pages * sysconf(_SC_PAGESIZE));
}

CELL(free_bytes, reclaim_event, bytes(e->free_pages))
CELL(file_bytes, reclaim_event, bytes(e->file_pages))

static const struct col cols[] = {
	{ COL_TIME_S(-13, reclaim_event), HELP("Seconds since the first event"),
	  SHOW('T', "timestamp", "Show the time") },
	{ COL("UID", -5, reclaim_event, uid), HELP("User ID"),
	  SHOW('U', "print-uid", "Show the user ID") },
	{ COL("COMM", -14, reclaim_event, comm), HELP("Name of the thread"), TRUNCATED },
	{ COL("PID", -6, reclaim_event, pid), HELP("Process ID"), UNLESS('t') },
	{ COL("TID", -6, reclaim_event, tid), HELP("Thread ID, with -t"), WITH('t') },
	{ COL_AS(kind_ms, "LAT(ms)", 8, reclaim_event, ns), KEY("lat_ns"),
	  HELP("How long it took, in milliseconds (JSON: nanoseconds)") },
	{ COL("PAGES", 5, reclaim_event, pages), HELP("Pages that were reclaimed") },
	{ COLF("FREE(KB)", 9, free_bytes), KEY("free_bytes"),
	  HELP("Memory of the machine that was free when it began (JSON: bytes)"), ONLY_IF('v') },
	{ COLF("file_bytes", 0, file_bytes), HELP("Memory that the page cache had when it began"),
	  .opt = 'v', .flags = COL_ONLY_IF | COL_JSON_ONLY },
	{ COL("order", 0, reclaim_event, order),
	  HELP("The allocation was of 2^order pages that are next to each other"), JSON_ONLY },
	{ 0 },
};

static void parsed(void)
{
	if (conf.memory)
		opt_imply('v');
}

static void prepare(void *skel)
{
	static const char *const names[] = { "vm_zone_stat", "vm_node_stat" };
	u64 addrs[2] = {};

	(void)skel;
	conf.order_second = kbtf_tracepoint_args("mm_vmscan_direct_reclaim_begin") > 2;
	if (conf.memory)
		kaddrs(names, addrs, 2);
	conf.zone_stats = addrs[0];
	conf.node_stats = addrs[1];
	if (conf.memory && !addrs[0])
		warnx("FREE(KB) is not known: the kernel does not tell where it counts");
}

TOOL(drsnoop, .summary = "Trace direct reclaim of memory.",
     .examples =
	     "Examples:\n"
	     "  drsnoop           # every time a thread has to free memory before it gets some\n"
	     "  drsnoop -TU       # with time and user\n"
	     "  drsnoop -v        # and how much was free\n"
	     "  drsnoop -p 181 -d 10",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, EVENTS(reclaim_event),
     .parsed = parsed, .prepare = prepare)
