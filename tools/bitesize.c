// SPDX-License-Identifier: BSD-2-Clause
/* bitesize: sizes of block I/O by process, as histograms.  After BCC's, by Brendan Gregg. */
#include "bitesize.h"
#include "bitesize.skel.h"
#include "domain/block.h"
#include "main/tool.h"
#include "output/hist.h"
#include <string.h>

static const struct probe probes[] = {
	{ REQUESTS_QUEUED },
	{ "requests being issued", { "issued" } },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_TIMESTAMP('T'), OPT_COMM('c', "comm"), OPT_DISK, OPT_PID, OPT_CONTAINER(0), { 0 },
};

static const struct col cols[] = {
	{ COL("Process Name", 0, sizes, comm), KEY("comm"),
	  HELP("Name of the thread (JSON: comm)") },
	{ COL("Kbytes", 0, sizes, v), HELP("Sizes of its requests, in KiB, rounded down") },
	{ COL("bytes", 0, sizes, v.sum), HELP("Sum of the sizes"), JSON_ONLY },
	{ COL_OF(hist_values, "count", 0, sizes, v), HELP("Number of requests"), JSON_ONLY },
	{ 0 },
};

static int compare(const void *a, const void *b)
{
	return strncmp(((const struct sizes *)a)->comm, ((const struct sizes *)b)->comm, COMM_LEN);
}

static void unfold(void *rec, const void *entry)
{
	memcpy(rec, entry, sizeof(struct sizes));
}

TOOL(bitesize, .summary = "Summarize the sizes of block I/O by process, as histograms.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  bitesize              # until Ctrl-C\n"
		 "  bitesize -T 5 2       # two 5-second reports, with the time\n"
		 "  bitesize -d sda -c dd # I/O by dd to one disk",
     .probes = probes, .opts = opts, .cols = cols, ENTRIES("sizes", sizes),
     ALSO_ENTRIES("more_sizes", sizes), .unfold = unfold, .report = REPORT_HIST, .gaps = true,
     .prepare = block_prepare, .compare = compare,
     .banner = "Tracing block I/O... Hit Ctrl-C to end.")
