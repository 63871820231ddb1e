// SPDX-License-Identifier: BSD-2-Clause
/* fsslower: slow operations of a file system.  After BCC's ext4slower, by Brendan Gregg. */
#include "fsslower.h"
#include "domain/fs.h"
#include "fsslower.skel.h"
#include "main/tool.h"
#include <string.h>

static struct conf conf;
static u32 min_ms = 10;
static bool csv;
static struct tool *tool;

static const char *const aliases[] = { FS_ALIASES("slower") };

/* BCC's tools for single file systems take -j, its fsslower -c, and f2fsslower -s. */
static struct opt opts[] = {
	OPT_FLAG('c', "csv", &csv, "Print comma-separated values"),
	OPT_FLAG('j', "csv", &csv, "The same as -c"),
	OPT_U32('m', "min", "MS", &min_ms, 0, 99999999,
		"Show operations slower than this many milliseconds (0: all; default: 10)"),
	OPT_DURATION('d'),
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_FS,
	{ 0 },
};

static const char *const letters[FS_OPS] = { "R", "W", "O", "S", "G" };
CELL(kind, fs_event, value_str(NAME_OF(letters, e->op)))

static s64 bytes_of(const struct fs_event *e)
{
	return (e->op == FS_READ || e->op == FS_WRITE) && e->ret > 0 ? e->ret : 0;
}

CELL(bytes, fs_event, value_int(bytes_of(e)))
CELL(offset, fs_event, value_int(e->offset / 1024))

static struct col cols[] = {
	{ COL_TIME(-8, fs_event), HELP("Time of day when the operation ended") },
	{ COL("COMM", -16, fs_event, comm), HELP("Name of the thread") },
	{ COL("PID", -7, fs_event, pid), HELP("Process ID") },
	{ COLF("T", 1, kind),
	  HELP("Operation: R (read), W (write), O (open), S (fsync) or G (getattr, NFS)") },
	{ COLF("BYTES", -7, bytes), HELP("Bytes read or written") },
	{ COLF("OFF_KB", -8, offset), HELP("Offset in the file, in KB"), TEXT_ONLY },
	{ COL("offset", 0, fs_event, offset), HELP("Offset in the file, in bytes"), JSON_ONLY },
	{ COL_AS(kind_ms, "LAT(ms)", 7, fs_event, ns), KEY("ns"),
	  HELP("Latency of the operation, in milliseconds (JSON: ns, in nanoseconds)") },
	{ COL("ret", 0, fs_event, ret),
	  HELP("Result of the operation: bytes, 0, or a negative error number"), JSON_ONLY },
	{ COL("FILENAME", 0, fs_event, file), HELP("Name of the file, without its directory") },
	{ 0 },
};

static void called_as(struct tool *me, const char *name)
{
	tool = me;
	if (!fs_called_as(me, name, opts))
		return;
	if (fs_type == FS_f2fs)
		opts[1].key = 's';
	cols[1].width = -14;
	cols[1].flags |= COL_TRUNCATE;
	cols[2].width = fs_type == FS_btrfs ? -7 : -6;
}

static int positional(unsigned int n, const char *arg)
{
	if (!n)
		min_ms = parse_u64(arg, "min_ms", 0, 99999999);
	return !n;
}

static void csv_row(struct rec r)
{
	const struct fs_event *e = r.p;

	text("%llu,", e->ts / 1000);
	text_str(e->comm, strnlen(e->comm, sizeof(e->comm)));
	text(",%u,%s,%lld,%lld,%llu,", e->pid, NAME_OF(letters, e->op), bytes_of(e), e->offset,
	     e->ns / 1000);
	text_str(e->file, strlen(e->file));
	text("\n");
}

static void parsed(void)
{
	fs_parsed();
	conf.min_ns = min_ms * 1000000ull;
	if (csv)
		tool->row = csv_row;
}

static void targets(void)
{
	u32 ops = 1 << FS_READ | 1 << FS_WRITE | 1 << FS_OPEN | 1 << FS_FSYNC;

	/* In the others, getattr would be every stat(2), which takes no time. */
	fs_target(fs_type == FS_nfs ? ops | 1 << FS_GETATTR : ops);
}

static void begin(void)
{
	bool nfs = fs_by_alias && fs_type == FS_nfs;

	if (csv) {
		text("ENDTIME_us,TASK,PID,TYPE,BYTES,OFFSET_b,LATENCY_us,FILE\n");
		return;
	}
	text("Tracing %s operations", fs_title());
	if (min_ms)
		text("%s slower than %u ms", nfs ? " that are" : "", min_ms);
	if (nfs)
		text("... Ctrl-C to quit");
	else if (!fs_by_alias && run.duration)
		text(" for %u secs.", run.duration);
	else if (!fs_by_alias)
		text("... Hit Ctrl-C to end.");
	text("\n");
}

TOOL(fsslower, .summary = "Trace slow operations of a file system.", .args = "[MIN_MS]",
     .examples = "Examples:\n"
		 "  fsslower -t ext4      # operations slower than 10 ms\n"
		 "  fsslower -t xfs 1     # slower than 1 ms\n"
		 "  fsslower -t nfs 0     # every operation\n"
		 "  ext4slower -p 181 1   # short for fsslower -t ext4 -p 181 1",
     CONF(conf), .probes = fs_probes, .trials = fs_trials, .opts = opts, .cols = cols,
     EVENTS_TO(fs_event, file), .aliases = aliases, .called_as = called_as,
     .positional = positional, .parsed = parsed, .targets = targets, .begin = begin)
