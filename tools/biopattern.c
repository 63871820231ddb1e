// SPDX-License-Identifier: BSD-2-Clause
/* biopattern: random and sequential block I/O by disk.  After BCC's, by Rocky Xing. */
#include "biopattern.h"
#include "biopattern.skel.h"
#include "block.h"
#include "tool.h"
#include <string.h>
#include <time.h>

static bool timestamp;

static const struct opt opts[] = {
	OPT_DISK,
	OPT_FLAG('T', "timestamp", &timestamp, "Print the time, which is done anyway, as in BCC"),
	{ 0 },
};

static const struct pattern_value *value(const void *rec)
{
	return &((const struct pattern *)rec)->v;
}

static void now(struct out *o, const void *rec)
{
	time_t t = time_wall(time_mono()) / 1000000000;
	char hms[16];

	(void)rec;
	strftime(hms, sizeof(hms), "%T", localtime(&t));
	out_str(o, hms);
}

static void disk(struct out *o, const void *rec)
{
	const char *name = value(rec)->disk;

	if (*name)
		out_strn(o, name, strnlen(name, DISK_NAME_LEN));
	else
		out_null(o, "<unknown>");
}

/* Of the requests that had one before them. */
static void percentage(struct out *o, const void *rec, u64 n)
{
	u64 all = value(rec)->sequential + value(rec)->random;

	out_uint(o, all ? n * 100 / all : 0);
}

static void random_part(struct out *o, const void *rec)
{
	percentage(o, rec, value(rec)->random);
}

static void sequential_part(struct out *o, const void *rec)
{
	percentage(o, rec, value(rec)->sequential);
}

static void number(struct out *o, const void *rec)
{
	out_uint(o, value(rec)->sequential + value(rec)->random + value(rec)->first);
}

static void bytes(struct out *o, const void *rec)
{
	out_uint(o, out_is_json(o) ? value(rec)->bytes : value(rec)->bytes / 1024);
}

static const struct col cols[] = {
	{ COLF("TIME", -9, now), HELP("Time of the report"), .flags = COL_TEXT_ONLY },
	{ COLF("DISK", -7, disk), HELP("Name of the disk") },
	{ COLF("%RND", 5, random_part), KEY("rnd_pct"),
	  HELP("Percentage of random requests; in JSON rnd_pct") },
	{ COLF("%SEQ", 5, sequential_part), KEY("seq_pct"),
	  HELP("Percentage of sequential requests; in JSON seq_pct") },
	{ COLF("COUNT", 8, number), HELP("How many requests were completed") },
	{ COLF("KBYTES", 10, bytes), KEY("bytes"),
	  HELP("How much they moved, in KiB; in JSON bytes, in bytes") },
	{ COL("random", 0, pattern, v.random), HELP("How many were random"), JSON_ONLY },
	{ COL("sequential", 0, pattern, v.sequential), HELP("How many were sequential"),
	  JSON_ONLY },
	{ 0 },
};

static void prepare(void *skel)
{
	struct biopattern_bpf *s = skel;

	block_prepare(s->obj, false);
}

static int compare(const void *a, const void *b)
{
	return strncmp(value(a)->disk, value(b)->disk, DISK_NAME_LEN);
}

TOOL(biopattern,
     .summary = "Show how much of the I/O to each disk is random and how much sequential.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  biopattern            # until Ctrl-C\n"
		 "  biopattern 1 10       # ten times, each second\n"
		 "  biopattern -d sdb 5   # one disk, every 5 seconds",
     .opts = opts, .cols = cols, ENTRIES("patterns", pattern), .report = REPORT_ROWS,
     .prepare = prepare, .compare = compare)
