// SPDX-License-Identifier: BSD-2-Clause
/* vfscount: count calls of the kernel's vfs_ functions.  After BCC's, by Brendan Gregg. */
#include "domain/hits.h"
#include "funccount.h"
#include "main/tool.h"
#include "vfscount.skel.h"

static struct conf conf = { .cpu = -1 };

static void addr(struct out *o, const void *rec)
{
	u32 id = ((const struct hits *)rec)->id;

	for (size_t i = 0; i < hits_pattern.n_places; i++)
		if (hits_pattern.places[i].id == id && hits_pattern.places[i].at) {
			out_fmt(o, "%llx", hits_pattern.places[i].at);
			return;
		}
	out_null(o, "-");
}

static const struct col cols[] = {
	{ COLF("ADDR", -16, addr), HELP("Address of the function, in hexadecimal") },
	{ COLF("FUNC", -26, hits_name), HELP("Function") },
	{ COL("COUNT", 8, hits, v), HELP("How often it was called") },
	{ 0 },
};

static void prepare(void *skel)
{
	pattern_parse(&hits_pattern, "vfs_*", false);
	hits_prepare(skel, 0);
}

static void attach(void *skel)
{
	hits_attach(skel, 0, false);
}

/* BCC's, between the banner and the report. */
static void report_begin(void)
{
	text("\n");
}

TOOL(vfscount, .summary = "Count calls of the kernel's vfs_ functions.", .args = "[DURATION]",
     .examples = "Examples:\n"
		 "  vfscount            # until Ctrl-C\n"
		 "  vfscount 5          # for 5 seconds\n"
		 "  vfscount -- ls -lR  # as long as ls runs",
     CONF(conf), ENTRIES("counts", hits), .opts = filter_opts, .cols = cols,
     .positional = positional_duration, .no_interval = true, .prepare = prepare, .attach = attach,
     .report_begin = report_begin, .compare = hits_compare, .banner = "Tracing... Ctrl-C to end.")
