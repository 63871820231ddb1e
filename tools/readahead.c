// SPDX-License-Identifier: BSD-2-Clause
/* readahead: how much of what is read ahead is used, and when.  After BCC's. */
#include "readahead.h"
#include "main/tool.h"
#include "output/hist.h"
#include "readahead.skel.h"

static const struct probe probes[] = {
	{ "reading ahead",
	  { "page_cache_ra_unbounded page_cache_ra_order", "page_cache_ra_unbounded" } },
	{ "pages being cached", { "added" } },
	{ "pages being used", { "folio_mark_accessed", "mark_page_accessed" } },
	{ "pages being dropped", { "removed" } },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_U32('d', "duration", "SECONDS", &run.interval, 0, 99999999,
		"Seconds between reports (0: a single one, at the end)"),
	OPT_PID,
	OPT_CONTAINER(0),
	{ 0 },
};

CELL(unused, pages, value_uint(e->v.read - e->v.used))

static const struct col cols[] = {
	{ COLF("unused", 0, unused), HELP("Pages read ahead in this interval but not used in it"),
	  JSON_ONLY },
	{ COL("read", 0, pages, v.read), HELP("Pages read ahead in this interval"), JSON_ONLY },
	{ COL("age (ms)", 0, pages, v.ages), KEY("age_ms"),
	  HELP("Pages used for the first time, by age in milliseconds since they were read") },
	{ 0 },
};

static bool reported;

static void row(struct rec r)
{
	const struct page_use *u = &((const struct pages *)r.p)->v;

	text("Read-ahead unused pages: %llu\nHistogram of read-ahead used page age (ms):\n\n",
	     u->read - u->used);
	hist_text(&u->ages, "age (ms)");
	reported = true;
}

static void report_end(void)
{
	static const struct pages none;

	if (!reported)
		row((struct rec){ &none, sizeof(none) });
	reported = false;
}

TOOL(readahead, .summary = "Show how much readahead gets used, and how soon.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  readahead             # one report, on Ctrl-C\n"
		 "  readahead -d 30       # a report every 30 seconds\n"
		 "  readahead 60 1        # one report, after a minute\n"
		 "  readahead --exec grep -r nothing /usr/share/doc",
     .probes = probes, .opts = opts, .cols = cols, ENTRIES("uses", pages), .report = REPORT_HIST,
     .row = row, .report_end = report_end, .banner = "Tracing... Hit Ctrl-C to end.")
