// SPDX-License-Identifier: BSD-2-Clause
/* biopattern: random and sequential block I/O by disk.  After BCC's, by Rocky Xing. */
#include "biopattern.h"
#include "biopattern.skel.h"
#include "domain/block.h"
#include "main/tool.h"
#include <string.h>

static bool timestamp;

static const struct opt opts[] = {
	OPT_DISK,
	OPT_FLAG('T', "timestamp", &timestamp, "Print the time (it is always printed, as in BCC)"),
	{ 0 },
};

static const struct pattern_value *value(const void *rec)
{
	return &((const struct pattern *)rec)->v;
}

/* As a percentage of requests that had a predecessor. */
static struct value percentage(const struct pattern_value *v, u64 n)
{
	u64 all = v->sequential + v->random;

	return value_uint(all ? n * 100 / all : 0);
}

CELL(random_part, pattern, percentage(&e->v, e->v.random))
CELL(sequential_part, pattern, percentage(&e->v, e->v.sequential))
CELL(number, pattern, value_uint(e->v.sequential + e->v.random + e->v.first))

static const struct col cols[] = {
	{ COL_TIME_NOW(-9), HELP("Time of the report") },
	{ COL("DISK", -7, pattern, v.disk), NONE("<unknown>"), HELP("Name of the disk") },
	{ COLF("%RND", 5, random_part), KEY("rnd_pct"),
	  HELP("Percentage of random requests (JSON: rnd_pct)") },
	{ COLF("%SEQ", 5, sequential_part), KEY("seq_pct"),
	  HELP("Percentage of sequential requests (JSON: seq_pct)") },
	{ COLF("COUNT", 8, number), HELP("Number of completed requests") },
	{ COL_AS(kind_kib, "KBYTES", 10, pattern, v.bytes), KEY("bytes"),
	  HELP("Amount of data, in KiB (JSON: bytes, in bytes)") },
	{ COL("random", 0, pattern, v.random), HELP("Number of random requests"), JSON_ONLY },
	{ COL("sequential", 0, pattern, v.sequential), HELP("Number of sequential requests"),
	  JSON_ONLY },
	{ 0 },
};

static int compare(const void *a, const void *b)
{
	return strncmp(value(a)->disk, value(b)->disk, DISK_NAME_LEN);
}

TOOL(biopattern,
     .summary = "Show how much of each disk's I/O is random, and how much is sequential.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  biopattern            # until Ctrl-C\n"
		 "  biopattern 1 10       # ten times, once a second\n"
		 "  biopattern -d sdb 5   # one disk, every 5 seconds",
     .opts = opts, .cols = cols, ENTRIES("patterns", pattern), .report = REPORT_ROWS,
     .prepare = block_prepare, .compare = compare)
