// SPDX-License-Identifier: BSD-2-Clause
/* biolatency: block I/O latency as a histogram.  After BCC's, by Brendan Gregg. */
#include "biolatency.h"
#include "biolatency.skel.h"
#include "hist.h"
#include "record.h"
#include "tool.h"
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static struct conf conf = { .unit = 1000, .flush_sequence = 1 << 4 };
static bool from_issue, average, dictionary;
static const char *only_disk;
static u64 total, count; /* of a report */

static const struct probe probes[] = {
	{ "requests being queued", { "queued", "issued" }, .wanted = &conf.queued },
	{ "requests being issued", { "issued" }, .wanted = &from_issue },
	{ "requests being completed", { "completed" } },
	{ 0 },
};

/* Requests belong to whole disks, whose numbers those of partitions follow. */
static u32 disk_number(const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", *name == '/' ? "" : "/dev/", name);
	if (stat(path, &st) || !S_ISBLK(st.st_mode))
		errx(1, "there is no disk %s; see lsblk(8)", name);
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", major(st.st_rdev),
		 minor(st.st_rdev));
	if (!access(path, F_OK))
		errx(1, "%s is a partition; requests are known by their whole disk only", name);
	return major(st.st_rdev) << 20 | minor(st.st_rdev);
}

static void set_milliseconds(const char *arg)
{
	(void)arg;
	conf.unit = 1000000;
}

static const struct opt opts[] = {
	OPT_TIMESTAMP('T'),
	OPT_FLAG('Q', "queued", &conf.queued, "Include the time queued in the system"),
	OPT_CALL('m', "milliseconds", NULL, set_milliseconds, "Count milliseconds"),
	OPT_FLAG('D', "disks", &conf.by_disk, "A histogram for each disk"),
	OPT_FLAG('F', "flags", &conf.by_flags, "A histogram for each set of flags"),
	OPT_FLAG('e', "extension", &average, "Print the average, the total and the count, too"),
	OPT_FLAG('j', "dictionary", &dictionary, "Print Python dictionaries, as BCC's -j does"),
	OPT_STR('d', "disk", "DISK", &only_disk, "Trace this disk only, as in sda"),
	OPT_CONTAINER('c'),
	{ 0 },
};

static void disk(struct out *o, const void *rec)
{
	const struct latency *l = rec;

	if (l->v.disk[0])
		out_strn(o, l->v.disk, strnlen(l->v.disk, sizeof(l->v.disk)));
	else
		out_null(o, "none"); /* a command to a device that is no disk */
}

/*
 * What the bits of a request's cmd_flags are called.  The numbers are those of the
 * mainline kernel; some distributions have others, so the kernel's own are looked up.
 */
static struct flag {
	const char *name, *member;
	u32 bit;
} flags[] = {
	{ "NoWait-", "__REQ_NOWAIT", 21 },   { "Background-", "__REQ_BACKGROUND", 20 },
	{ "ReadAhead-", "__REQ_RAHEAD", 19 },  { "Idle-", "__REQ_IDLE", 15 },
	{ "NoMerge-", "__REQ_NOMERGE", 14 },   { "Priority-", "__REQ_PRIO", 13 },
	{ "ForcedUnitAccess-", "__REQ_FUA", 17 },
	{ "Metadata-", "__REQ_META", 12 },     { "Sync-", "__REQ_SYNC", 11 },
};
#define N_FLAGS (sizeof(flags) / sizeof(*flags))
#define OP_MASK 255

static char ops[OP_MASK + 1][20] = { "Read", "Write", "Flush", "Discard" };

static void see_flag(const char *name, u32 value)
{
	for (size_t i = 0; i < N_FLAGS; i++)
		if (!strcmp(name, flags[i].member))
			flags[i].bit = value;
}

/* REQ_OP_ZONE_RESET is ZoneReset. */
static void see_op(const char *name, u32 value)
{
	static const char prefix[] = "REQ_OP_";
	size_t n = 0;
	char *op;

	if (value > OP_MASK || strncmp(name, prefix, strlen(prefix)))
		return;
	op = memset(ops[value], 0, sizeof(ops[value]));
	for (const char *s = name + strlen(prefix); *s && n < sizeof(ops[value]) - 1; s++)
		if (*s != '_')
			op[n++] = s[-1] == '_' ? *s : tolower((unsigned char)*s);
	if (!strcmp(op, "WriteZeroes"))
		strcpy(op, "WriteZeros"); /* as BCC spells it */
}

static void see_sequence(const char *name, u32 value)
{
	if (!strcmp(name, "__RQF_FLUSH_SEQ"))
		conf.flush_sequence = 1u << value;
}

static const char *flag_names(u32 v)
{
	static char names[160];

	*names = 0;
	for (size_t i = 0; i < N_FLAGS; i++)
		if (v & 1u << flags[i].bit)
			strcat(names, flags[i].name);
	return strcat(names, ops[v & OP_MASK][0] ? ops[v & OP_MASK] : "Unknown");
}

static void kind(struct out *o, const void *rec)
{
	out_str(o, flag_names(((const struct latency *)rec)->k.flags));
}

static void number(struct out *o, const void *rec)
{
	out_uint(o, hist_count(&((const struct latency *)rec)->v.hist));
}

static const struct col cols[] = {
	{ COLF("disk", 0, disk), HELP("Name of the disk, with -D"), ONLY_IF('D') },
	{ COLF("flags", 0, kind), HELP("Kind of the request, with -F: flags, then operation"),
	  ONLY_IF('F') },
	{ COL("usecs", 0, latency, v.hist), HELP("Microseconds that requests took"),
	  ONLY_UNLESS('m') },
	{ COL("msecs", 0, latency, v.hist), HELP("Milliseconds that requests took, with -m"),
	  ONLY_IF('m') },
	{ COL("total_ns", 0, latency, v.hist.sum), HELP("Nanoseconds that they took together"),
	  JSON_ONLY },
	{ COLF("count", 0, number), HELP("How many they were"), JSON_ONLY },
	{ 0 },
};

static void parsed(void)
{
	from_issue = !conf.queued;
}

static void prepare(void *skel)
{
	(void)skel;
	if (only_disk)
		conf.dev = disk_number(only_disk);
	conf.rq_second = probe_tracepoint_args("block_rq_issue") == 2;
	conf.alloc_time = conf.queued && probe_tracepoint_args("block_io_start") < 0;
	if (conf.queued) /* a bit of its own until 6.9, the member of an enum since */
		probe_enum("__RQF_FLUSH_SEQ", see_sequence);
	if (!conf.by_flags)
		return;
	probe_enum("__REQ_SYNC", see_flag);
	probe_enum("REQ_OP_READ", see_op);
	conf.named_flags = OP_MASK;
	for (size_t i = 0; i < N_FLAGS; i++)
		conf.named_flags |= 1u << flags[i].bit;
}

static void begin(void)
{
	if (!dictionary)
		text("Tracing block device I/O... Hit Ctrl-C to end.\n");
}

static const char *unit(void)
{
	return given('m') ? "msecs" : "usecs";
}

static void row(const void *rec)
{
	const struct latency *l = rec;

	total += l->v.hist.sum;
	count += hist_count(&l->v.hist);
	if (!dictionary) {
		record_print_hist(rec);
		return;
	}
	hist_python_begin(&l->v.hist, unit());
	if (conf.by_disk)
		hist_python_key("disk", l->v.disk);
	if (conf.by_flags)
		hist_python_key("flags", flag_names(l->k.flags));
	text("}\n");
}

static void report_end(void)
{
	static const struct latency none;

	if (dictionary && !count && !conf.by_disk && !conf.by_flags)
		row(&none);
	else if (average && !dictionary && count)
		text("\navg = %llu %s, total: %llu %s, count: %llu\n\n",
		     total / conf.unit / count, unit(), total / conf.unit, unit(), count);
	total = count = 0;
}

static int compare(const void *a, const void *b)
{
	const struct latency *x = a, *y = b;
	char first[160];
	int order = strcmp(x->v.disk, y->v.disk);

	snprintf(first, sizeof(first), "%s", flag_names(x->k.flags));
	return order ?: strcmp(first, flag_names(y->k.flags));
}

TOOL(biolatency, .summary = "Summarize block I/O latency as a histogram.",
     .args = "[INTERVAL [COUNT]]",
     .examples = "Examples:\n"
		 "  biolatency            # one histogram, at Ctrl-C\n"
		 "  biolatency 1 10       # ten reports, one a second\n"
		 "  biolatency -mT 1      # in milliseconds, with the time\n"
		 "  biolatency -Q         # with the time that requests were queued\n"
		 "  biolatency -DF 5      # for each disk and kind of request",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, ENTRIES("latencies", latency),
     .report = REPORT_HIST, .parsed = parsed, .prepare = prepare, .begin = begin, .row = row,
     .report_end = report_end, .compare = compare)
