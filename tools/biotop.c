// SPDX-License-Identifier: BSD-2-Clause
/* biotop: block I/O by process, like top(1).  After BCC's, by Brendan Gregg. */
#include "biotop.h"
#include "biotop.skel.h"
#include "block.h"
#include "table.h"
#include "tool.h"
#include <string.h>

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
	OPT_U32(0, "maxrows", "N", &run.rows, 1, 1 << 20,
		"The same as --rows (default: 20; in JSON all)"),
	OPT_PID,
	OPT_CONTAINER(0),
	OPT_DISK,
	OPT_CHOICE('s', "sort", "FIELD", &sort, sorts,
		   "Sort by all (the bytes, then the number), io (the number), bytes or time"),
	{ 0 },
};

static const struct usage *usage(const void *rec)
{
	return rec;
}

static void pid(struct out *o, const void *rec)
{
	if (*usage(rec)->key.comm)
		out_uint(o, usage(rec)->key.pid);
	else
		out_null(o, "0");
}

static void comm(struct out *o, const void *rec)
{
	const char *name = usage(rec)->key.comm;

	if (*name)
		out_strn(o, name, strnlen(name, COMM_LEN));
	else
		out_null(o, "?");
}

static void type(struct out *o, const void *rec)
{
	char letter = request_letter(usage(rec)->key.op);

	out_strn(o, &letter, 1);
}

static void major_number(struct out *o, const void *rec)
{
	out_uint(o, usage(rec)->key.dev >> 20);
}

static void minor_number(struct out *o, const void *rec)
{
	out_uint(o, usage(rec)->key.dev & ((1 << 20) - 1));
}

static void disk(struct out *o, const void *rec)
{
	const char *name = usage(rec)->v.disk;

	if (*name)
		out_strn(o, name, strnlen(name, DISK_NAME_LEN));
	else
		out_null(o, "?");
}

static void bytes(struct out *o, const void *rec)
{
	u64 n = usage(rec)->v.bytes;

	out_uint(o, out_is_json(o) ? n : n / 1024);
}

static void average(struct out *o, const void *rec)
{
	const struct usage_value *v = &usage(rec)->v;

	out_ms(o, v->ns / (v->requests ?: 1), 2);
}

static const struct col cols[] = {
	{ COLF("PID", -7, pid), HELP("Process ID") },
	{ COLF("COMM", -16, comm), HELP("Name of the thread; ? if who made it was not seen") },
	{ COLF("D", -1, type),
	  HELP("R(ead), W(rite), F(lush), D(iscard), E (secure erase), Z(one), or N for others") },
	{ COLF("MAJ", -3, major_number), HELP("Major number of the disk") },
	{ COLF("MIN", -3, minor_number), HELP("Minor number of the disk") },
	{ COLF("DISK", -8, disk), HELP("Name of the disk, which is a partition's as well") },
	{ COL("I/O", 5, usage, v.requests), KEY("io"),
	  HELP("How many requests were completed; in JSON io") },
	{ COLF("Kbytes", 7, bytes), KEY("bytes"),
	  HELP("How much they moved, in KiB; in JSON bytes, in bytes") },
	{ COLF("AVGms", 6, average), KEY("avg_ns"),
	  HELP("How long the device took on average; in JSON avg_ns, in nanoseconds") },
	{ COL("total_ns", 0, usage, v.ns), HELP("How long it took for all of them, in nanoseconds"),
	  JSON_ONLY },
	{ 0 },
};

static u64 weight(const struct usage_value *v)
{
	return sort == 1 ? v->requests : sort == 3 ? v->ns : v->bytes;
}

static int compare(const void *a, const void *b)
{
	const struct usage_value *x = &usage(a)->v, *y = &usage(b)->v;
	u64 m = weight(x), n = weight(y);

	if (m == n) {
		m = x->requests;
		n = y->requests;
	}
	return (m < n) - (m > n);
}

static void parsed(void)
{
	if (!run.rows && !run.json)
		run.rows = 20;
}

static void prepare(void *skel)
{
	struct biotop_bpf *s = skel;

	block_prepare(s->obj, true);
	request_kinds_init();
}

TOOL(biotop, .summary = "Show block I/O by process and disk.", .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  biotop             # every second\n"
		 "  biotop -C 5 3      # three reports of 5 seconds, the screen not cleared\n"
		 "  biotop -s time -r 10 -d sda1",
     .probes = probes, .exact = true, .opts = opts, .cols = cols, ENTRIES("usages", usage),
     .report = REPORT_TOP, .begin = table_begin, .interval = 1, .compare = compare,
     .parsed = parsed, .prepare = prepare, .goodbye = "Detaching...")
