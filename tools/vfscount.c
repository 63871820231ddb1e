// SPDX-License-Identifier: BSD-2-Clause
/* vfscount: count calls of the kernel's vfs_ functions.  After BCC's, by Brendan Gregg. */
#include "domain/probe_counts.h"
#include "main/tool.h"
#include "vfscount.skel.h"

static struct value addr(struct rec r)
{
	u32 id = ((const struct hits *)r.p)->id;

	for (size_t i = 0; i < matches.n_places; i++)
		if (matches.places[i].id == id && matches.places[i].at)
			return value_hex(matches.places[i].at);
	return value_none("-");
}

static const struct col cols[] = {
	{ COLF("ADDR", -16, addr), HELP("Address of the function, in hexadecimal") },
	{ COLF("FUNC", -26, probe_counts_name), HELP("Function") },
	{ COL("COUNT", 8, hits, v), HELP("Number of calls") },
	{ 0 },
};

static void prepare(void *skel)
{
	pattern_parse(&matches, "vfs_*", false);
	probe_counts_prepare(skel);
}

/* BCC prints this between the banner and the report. */
static void report_begin(void)
{
	text("\n");
}

TOOL(vfscount, .summary = "Count calls of the kernel's vfs_* functions.", .args = "[DURATION]",
     .examples = "Examples:\n"
		 "  vfscount            # until Ctrl-C\n"
		 "  vfscount 5          # for 5 seconds\n"
		 "  vfscount -- ls -lR  # as long as ls runs",
     ENTRIES("counts", hits), .opts = filter_opts, .cols = cols, .positional = positional_duration,
     .no_interval = true, .prepare = prepare, .attach = matches_attach,
     .report_begin = report_begin, .compare = probe_counts_compare,
     .banner = "Tracing... Ctrl-C to end.")
