// SPDX-License-Identifier: BSD-2-Clause
/* swapin: count what processes read from swap.  After BCC's, by Brendan Gregg. */
#include "swapin.h"
#include "main/tool.h"
#include "swapin.skel.h"

static bool no_time;

static const struct probe probes[] = {
	{ "reads from swap", { "swap_read_folio", "swap_readpage" } },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FLAG('T', "notime", &no_time, "Don't print the time with each report"),
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	{ 0 },
};

static const struct col cols[] = {
	{ COL("COMM", -16, swapin, key.comm), HELP("Name of the thread") },
	{ COL("PID", -7, swapin, key.pid), HELP("Process ID") },
	{ COL("COUNT", 0, swapin, v.count),
	  HELP("Number of reads from swap, usually a page each") },
	{ 0 },
};

static int compare(const void *a, const void *b)
{
	const struct swapin *x = a, *y = b;

	return (x->v.count > y->v.count) - (x->v.count < y->v.count)
		       ?: (x->key.pid > y->key.pid) - (x->key.pid < y->key.pid);
}

static void parsed(void)
{
	run.time_line = !no_time;
}

static void report_end(void)
{
	text("\n");
}

TOOL(swapin, .summary = "Count reads from swap by process.", .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  swapin             # a report each second\n"
		 "  swapin -T 5 3      # three reports of 5 seconds each, without the time\n"
		 "  swapin -p 181      # of process 181",
     .probes = probes, .opts = opts, .cols = cols, ENTRIES("counts", swapin), .interval = 1,
     .own_gaps = true, .compare = compare, .parsed = parsed, .report_end = report_end,
     .banner = "Counting swap ins. Ctrl-C to end.", .goodbye = "Detaching...")
