// SPDX-License-Identifier: BSD-2-Clause
/* fileslower: trace slow reads and writes of files.  After BCC's, by Brendan Gregg. */
#include "fileslower.h"
#include "domain/filename.h"
#include "domain/rw.h"
#include "fileslower.skel.h"
#include "main/tool.h"

static struct conf conf;
static u32 min_ms = 10;

static const struct probe probes[] = { RW_PROBES, { 0 } };

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_CONTAINER(0),
	OPT_FLAG('a', "all-files", &conf.all, "Include sockets, pipes, devices and so on"),
	{ 0 },
};

CELL(direction, slow_event, value_str(e->write ? "W" : "R"))
CELL(bytes, slow_event, value_uint(ret_bytes(e->ret)))
CELL(error, slow_event, value_uint(ret_error(e->ret)))
CELL(name, slow_event,
     filename_value(e->name, r.len - offsetof(struct slow_event, name), e->mode, e->ino))

static const struct col cols[] = {
	{ COL_TIME_BEGAN(-8, slow_event),
	  HELP("Time when the call ended, in seconds since tracing began") },
	{ COL("COMM", -14, slow_event, comm), HELP("Name of the thread"), TRUNCATED },
	{ COL("TID", -6, slow_event, tid), HELP("Thread ID") },
	{ COLF("D", 1, direction), HELP("R: a read, W: a write") },
	{ COLF("BYTES", -7, bytes), HELP("Bytes read or written") },
	{ COL_AS(kind_ms, "LAT(ms)", 7, slow_event, ns), KEY("lat_ns"),
	  HELP("Duration in milliseconds (JSON: lat_ns, in nanoseconds)") },
	{ COLF("FILENAME", 0, name), HELP("Name of the file, without its directory") },
	{ COL("pid", 0, slow_event, pid), HELP("Process ID"), JSON_ONLY },
	{ COLF("err", 0, error), HELP("Error number, or 0; see errno(3)"), JSON_ONLY },
	{ 0 },
};

static int positional(unsigned int n, const char *arg)
{
	min_ms = parse_u64(arg, "min_ms", 0, 1 << 30);
	return !n;
}

static void parsed(void)
{
	conf.min_ns = min_ms * 1000000ull;
}

static void begin(void)
{
	text("Tracing sync read/writes slower than %u ms\n", min_ms);
}

TOOL(fileslower, .summary = "Trace slow reads and writes of files.", .args = "[MIN_MS]",
     .examples = "Examples:\n"
		 "  fileslower           # slower than 10 ms\n"
		 "  fileslower 1         # slower than 1 ms\n"
		 "  fileslower -p 181 0  # every read and write by process 181\n"
		 "  fileslower -a 1000   # slower than 1 s, also on sockets, pipes and terminals",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, EVENTS_TO(slow_event, name),
     .positional = positional, .parsed = parsed, .begin = begin)
