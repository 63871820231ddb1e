// SPDX-License-Identifier: BSD-2-Clause
/* numamove: memory that moves from one NUMA node to another.  After BCC's libbpf-tools, by Wenbo Zhang. */
#include "numamove.h"
#include "main/filter.h"
#include "main/tool.h"
#include "numamove.skel.h"

static const struct probe probes[] = {
	{ "moves of memory", { "migrate_misplaced_folio", "migrate_misplaced_page" } },
	{ 0 },
};

CELL(ms, numamove, value_uint(e->v.ns / 1000000))

static const struct col cols[] = {
	{ COL_TIME_NOW(-10), HELP("Time of the report") },
	{ COL("NUMA_migrations", 18, numamove, v.calls), KEY("migrations"),
	  HELP("How often the kernel moved a page, or several that belong together") },
	{ COLF("NUMA_migrations_ms", 18, ms), TEXT_ONLY,
	  HELP("How long that took, in milliseconds") },
	{ COL("migrations_ns", 0, numamove, v.ns), HELP("The same in nanoseconds"), JSON_ONLY },
	{ COL("failed", 0, numamove, v.failed),
	  HELP("How many of them failed, as far as the kernel tells"), JSON_ONLY },
	{ 0 },
};

TOOL(numamove, .summary = "Count moves of memory from one NUMA node to another.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  numamove         # a row each second\n"
		 "  numamove 5 3     # three rows of 5 seconds each\n"
		 "  numamove -p 181  # memory of process 181",
     .probes = probes, .opts = filter_opts, .cols = cols, ENTRIES("counts", numamove),
     .report = REPORT_ROWS, .interval = 1)
