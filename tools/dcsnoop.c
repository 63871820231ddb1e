// SPDX-License-Identifier: BSD-2-Clause
/* dcsnoop: trace lookups in the directory cache.  After BCC's, by Brendan Gregg. */
#include "dcsnoop.h"
#include "dcsnoop.skel.h"
#include "main/tool.h"

static struct conf conf;

static const struct probe probes[] = {
	{ "misses", { "d_lookup d_alloc_parallel" } },
	{ "lookups", { "lookup_fast" }, .wanted = &conf.all },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_FLAG('a', "all", &conf.all, "Show every lookup, not only misses"),
	OPT_PID,
	OPT_TID('t'),
	OPT_UID,
	OPT_COMM('n', "name"),
	OPT_CONTAINER(0),
	OPT_DURATION('d'),
	{ 0 },
};

CELL(seconds, lookup_event,
     value_as(&kind_fixed6, e->ts > run.began ? (e->ts - run.began) / 1000 : 0))

CELL(type, lookup_event, value_strn(&e->type, 1))

static const struct col cols[] = {
	{ COLF("TIME(s)", -11, seconds), KEY("time_s"), HELP("Seconds since tracing began") },
	{ COL("PID", -7, lookup_event, pid), HELP("Process ID") },
	{ COL("COMM", -16, lookup_event, comm), HELP("Name of the thread") },
	{ COLF("T", 1, type), HELP("M (miss): the name was not in the cache; with -a, also R "
				   "(reference): the name was looked up") },
	{ COL("FILE", 0, lookup_event, name),
	  HELP("Name that was looked up: one component of a path") },
	{ COL("tid", 0, lookup_event, tid), HELP("Thread ID"), JSON_ONLY },
	{ 0 },
};

TOOL(dcsnoop, .summary = "Trace lookups in the directory cache.",
     .examples = "Examples:\n"
		 "  dcsnoop               # names that were not in the cache\n"
		 "  dcsnoop -a            # every lookup\n"
		 "  dcsnoop -a -p 181     # every lookup by process 181",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, EVENTS_TO(lookup_event, name))
