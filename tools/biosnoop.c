// SPDX-License-Identifier: BSD-2-Clause
/* biosnoop: trace block I/O, a line per request.  After BCC's, by Brendan Gregg. */
#include "biosnoop.h"
#include "biosnoop.skel.h"
#include "domain/block.h"
#include "main/tool.h"
#include <string.h>
#include <time.h>

static struct conf conf;
static u32 min_ms;

static const struct probe probes[] = {
	{ REQUESTS_QUEUED },
	{ "requests being issued", { "issued" } },
	{ "requests being completed", { "completed" } },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_DISK,
	OPT_U32('m', "min", "MS", &min_ms, 0, 1 << 30,
		"Show only requests that took the device at least this many milliseconds"),
	OPT_PID,
	OPT_CONTAINER('c'),
	{ 0 },
};

CELL(partition, bio_event, value_maybe(e->bytes ? partition_name(e->dev, e->sector) : NULL))

CELL(sector, bio_event, e->sector == NO_SECTOR ? value_none("-") : value_uint(e->sector))

static const char *const patterns[] = { "?", "S", "R" };
CELL(pattern, bio_event,
     e->pattern == UNKNOWN ? value_none("?") : value_str(NAME_OF(patterns, e->pattern)))

CELL(queue, bio_event, e->known ? value_as(&kind_ms, e->queued_ns) : value_none("?"))

static const struct col cols[] = {
	{ COL_TIME_S6(-11, bio_event), HELP("Completion time, in seconds since the first event"),
	  UNLESS('t') },
	{ COL_AS(kind_clock_ms, "TIMESTAMP", -12, bio_event, ts),
	  HELP("Completion time, as time of day"), SHOW('t', "timestamp", "Show the time of day"),
	  TEXT_ONLY },
	{ COL("COMM", -14, bio_event, comm), NONE("?"),
	  HELP("Name of the thread that made the request; ? if it is not known"), TRUNCATED },
	{ COL("PID", -7, bio_event, pid), NONE("0"), HELP("Its process ID") },
	{ COL("DISK", -9, bio_event, disk), NONE("<unknown>"),
	  HELP("The whole disk, even if the request is to a partition") },
	{ COL_OPERATION("T", bio_event, op) },
	{ COLF("SECTOR", -10, sector),
	  HELP("Sector on the disk, of 512 bytes; - for a command, which has none") },
	{ COL("BYTES", -7, bio_event, bytes), HELP("Size of the request"), .flags = COL_NO_BLANK },
	{ COLF("P", -1, pattern),
	  HELP("S(equential): starts where the disk's last request ended; else R(andom)"),
	  .opt = 'P', .flags = COL_ONLY_IF, .optname = "pattern",
	  .opthelp = "Show whether the request is where the disk's last one ended" },
	{ COLF("QUE(ms)", 7, queue), KEY("que_ns"),
	  HELP("Time from queueing to issue (JSON: que_ns, in nanoseconds)"), .opt = 'Q',
	  .optname = "queued", .opthelp = "Show the time queued in the system" },
	{ COL_AS(kind_ms, "LAT(ms)", 7, bio_event, device_ns), KEY("lat_ns"),
	  HELP("Time from issue to completion (JSON: lat_ns, in nanoseconds)") },
	{ COLF("partition", 0, partition), HELP("The partition, if the request is to one"),
	  JSON_ONLY },
	{ COL_OF(request_kind_value, "kind", 0, bio_event, flags),
	  HELP("Flags and operation, as biolatency names them"), JSON_ONLY },
	{ 0 },
};

static void parsed(void)
{
	conf.pattern = given('P');
	conf.min_ns = min_ms * 1000000ull;
}

TOOL(biosnoop, .summary = "Trace block I/O, one line per request.", .args = "[DURATION]",
     .examples = "Examples:\n"
		 "  biosnoop              # every request\n"
		 "  biosnoop -Q           # with the time it was queued\n"
		 "  biosnoop -d sda1 -P   # one partition, and whether I/O is sequential\n"
		 "  biosnoop -m 10 60     # requests of 10 ms or more, for a minute",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, EVENTS(bio_event),
     .positional = positional_duration, .parsed = parsed, .prepare = request_kinds_prepare)
