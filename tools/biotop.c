// SPDX-License-Identifier: BSD-2-Clause
/* biotop: block I/O by process, like top(1).  After BCC's, by Brendan Gregg. */
/* LIBS: ncursesw */
#include "biotop.h"
#include "biotop.skel.h"
#include "domain/block.h"
#include "main/tool.h"
#include "output/screen.h"
#include "output/table.h"

static u32 sort; /* by an index of: */
static const char *const sorts[] = { "all", "io", "bytes", "time", NULL };

static const struct probe probes[] = {
	{ REQUESTS_QUEUED },
	{ "requests being issued", { "issued" } },
	{ "requests being completed", { "completed" } },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_TOP,
	OPT_ROWS(0, "maxrows", "The same as --rows (default: 20; all with --json)"),
	OPT_PID,
	OPT_CONTAINER(0),
	OPT_DISK,
	OPT_CHOICE('s', "sort", "FIELD", &sort, sorts,
		   "Sort by all (bytes, then requests), io (requests), bytes or time"),
	{ 0 },
};

CELL(average, usage, value_as(&kind_ms, e->v.ns / (e->v.requests ?: 1)))

static const struct col cols[] = {
	{ COL("PID", -7, usage, key.pid), NONE("0"), HELP("Process ID") },
	{ COL("COMM", -16, usage, key.comm), NONE("?"),
	  HELP("Name of the thread; ? if it is not known") },
	{ COL_OPERATION("D", usage, key.op) },
	{ COL("MAJ", -3, usage, key.major), HELP("Major number of the disk") },
	{ COL("MIN", -3, usage, key.minor), HELP("Minor number of the disk") },
	{ COL("DISK", -8, usage, v.disk), NONE("?"),
	  HELP("Name of the whole disk, even for I/O to a partition") },
	{ COL("I/O", 5, usage, v.requests), KEY("io"),
	  HELP("Number of completed requests (JSON: io)") },
	{ COL_AS(kind_kib_exact, "Kbytes", 7, usage, v.bytes), KEY("bytes"),
	  HELP("Amount of data, in KiB (JSON: bytes, in bytes)") },
	{ COLF("AVGms", 6, average), KEY("avg_ns"),
	  HELP("Average time in the device (JSON: avg_ns, in nanoseconds)") },
	{ COL("total_ns", 0, usage, v.ns), HELP("Total time in the device, in nanoseconds"),
	  JSON_ONLY },
	{ 0 },
};

static u64 weight(const struct usage_value *v)
{
	return sort == 1 ? v->requests : sort == 3 ? v->ns : v->bytes;
}

static int compare(const void *a, const void *b)
{
	const struct usage_value *x = &((const struct usage *)a)->v;
	const struct usage_value *y = &((const struct usage *)b)->v;
	u64 m = weight(x), n = weight(y);

	if (m == n) {
		m = x->requests;
		n = y->requests;
	}
	return (m < n) - (m > n);
}

static void parsed(void)
{
	static const char *const headers[] = { NULL, "I/O", "Kbytes", NULL };

	if (!run.rows && !run.json)
		run.rows = 20;
	screen_sorted_by(headers[sort], false);
}

TOOL(biotop, .summary = "Show block I/O by process and disk.", .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  biotop             # every second\n"
		 "  biotop -C 5 3      # three 5-second reports, without clearing the screen\n"
		 "  biotop -s time -r 10 -d sda1",
     .probes = probes, .opts = opts, .cols = cols, ENTRIES("usages", usage), TOP_SCREEN,
     .begin = table_begin, .interval = 1, .compare = compare, .parsed = parsed,
     .prepare = request_kinds_prepare, .goodbye = "Detaching...")
