// SPDX-License-Identifier: BSD-2-Clause
/* oomkill: trace the OOM killer.  After BCC's, by Brendan Gregg. */
#include "oomkill.h"
#include "domain/path.h"
#include "kernel/kbtf.h"
#include "main/tool.h"
#include "oomkill.skel.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Has the tracepoint of a victim its task?  In old kernels, it has only a PID. */
static bool told, not_told;

static const struct probe probes[] = {
	{ "processes being killed", { "victim" }, .wanted = &told },
	{ "what ran out of memory",
	  { "out_of_memory" },
	  .optional = true,
	  .wanted = &told,
	  .rare = true },
	{ "processes being killed", { "oom_kill_process" }, .wanted = &not_told, .rare = true },
	{ 0 },
};

static void targets(void)
{
	told = kbtf_tracepoint_args("mark_victim") >= 2;
	not_told = !told;
}

/* ---- cells ---- */

static const char *const causes[] = { "machine", "cpuset", "memory policy", "cgroup", "sysrq" };

static const char *cause_name(const struct oom_event *e)
{
	return e->of < OOM_UNKNOWN ? causes[e->of] : NULL;
}

static bool known(const struct oom_event *e)
{
	return e->of < OOM_UNKNOWN;
}

static u64 bytes(u64 pages)
{
	return pages * sysconf(_SC_PAGESIZE);
}

/* A cgroup without a limit has the largest number of pages there can be. */
static bool limited(const struct oom_event *e)
{
	return e->of == OOM_CGROUP && e->limit < INT64_MAX / (u64)sysconf(_SC_PAGESIZE);
}

static u64 rss(const struct oom_event *e)
{
	return bytes(e->anon + e->file + e->shmem);
}

static struct value victim_cgroup(struct rec r)
{
	const struct oom_event *e = r.p;

	return path_value(e->names, e->victim_len, "", 0);
}

static struct value limit_cgroup(struct rec r)
{
	const struct oom_event *e = r.p;
	size_t len = REC_STRINGS(r, oom_event, names).end - e->names - e->victim_len;

	return len ? path_value(e->names + e->victim_len, len, "", 0) : value_none("-");
}

/* The load averages and what else is in /proc/loadavg now; NULL if the events were recorded. */
static const char *loadavg(void)
{
	static char line[128];
	FILE *f = run.began ? fopen("/proc/loadavg", "re") : NULL;
	bool ok = f && fgets(line, sizeof(line), f);

	if (f)
		fclose(f);
	if (!ok)
		return NULL;
	line[strcspn(line, "\n")] = 0;
	return line;
}

CELL(cause, oom_event, value_maybe(cause_name(e)))
CELL(pages, oom_event, known(e) ? value_uint(e->pages) : value_none("?"))
CELL(order, oom_event, known(e) ? value_int(e->order) : value_none("?"))
CELL(limit, oom_event, limited(e) ? value_uint(bytes(e->limit)) : value_none("-"))
CELL(usage, oom_event, e->of == OOM_CGROUP ? value_uint(bytes(e->usage)) : value_none("-"))
CELL(rss_bytes, oom_event, value_uint(rss(e)))
CELL(load, oom_event, value_maybe(loadavg()))

static const struct col cols[] = {
	{ COL("trigger_pid", 0, oom_event, trigger_pid),
	  HELP("Process that asked for memory when there was none"), JSON_ONLY },
	{ COL("trigger_tid", 0, oom_event, trigger_tid), HELP("Its thread"), JSON_ONLY },
	{ COL("trigger_comm", 0, oom_event, trigger_comm), HELP("Name of the thread"), JSON_ONLY },
	{ COL("pid", 0, oom_event, pid), HELP("Process that was killed"), JSON_ONLY },
	{ COL("comm", 0, oom_event, comm), HELP("Its name"), JSON_ONLY },
	{ COL("uid", 0, oom_event, uid), HELP("Its user ID"), JSON_ONLY },
	{ COLF("victim_cgroup", 0, victim_cgroup),
	  HELP("Path of its cgroup: in cgroup v2, or of cgroup v1's memory controller"),
	  JSON_ONLY },
	{ COLF("rss_bytes", 0, rss_bytes), HELP("How much of its memory was in RAM"), JSON_ONLY },
	{ COL("oom_score_adj", 0, oom_event, score_adj),
	  HELP("How much more likely than others it was to be chosen; see proc(5)"), JSON_ONLY },
	{ COLF("cause", 0, cause),
	  HELP("What ran out of memory: cgroup (it reached its limit), machine, cpuset or memory "
	       "policy (their NUMA nodes did); or sysrq, a request by hand"),
	  JSON_ONLY },
	{ COLF("limit_cgroup", 0, limit_cgroup), HELP("Path of the cgroup at its limit, or null"),
	  JSON_ONLY },
	{ COLF("limit_bytes", 0, limit),
	  HELP("This limit; null if it has none, as with a limit for memory and swap together"),
	  JSON_ONLY },
	{ COLF("usage_bytes", 0, usage), HELP("How much memory that cgroup used"), JSON_ONLY },
	{ COLF("pages", 0, pages),
	  HELP("How many pages of RAM and swap there are for whatever ran out of memory"),
	  JSON_ONLY },
	{ COLF("order", 0, order),
	  HELP("The allocation was of 2^order pages that are next to each other; -1: sysrq"),
	  JSON_ONLY },
	{ COLF("loadavg", 0, load),
	  HELP("Load averages of the last 1, 5 and 15 minutes, and the rest of /proc/loadavg"),
	  JSON_ONLY },
	{ 0 },
};

/* ---- text: BCC's line, and what it lacks below ---- */

static void put_path(struct value v)
{
	text_str(v.s, value_len(v));
}

static void put_cause(struct rec r)
{
	const struct oom_event *e = r.p;

	if (!known(e))
		return;
	text("  Out of memory: ");
	if (e->of != OOM_CGROUP) {
		text("%s\n", cause_name(e));
		return;
	}
	text("cgroup ");
	put_path(limit_cgroup(r));
	if (limited(e))
		text(", limit %llu KiB", bytes(e->limit) / 1024);
	text(", usage %llu KiB\n", bytes(e->usage) / 1024);
}

static void row(struct rec r)
{
	const struct oom_event *e = r.p;

	text("%s Triggered by PID %u (\"", time_hms(e->ts), e->trigger_pid);
	text_str(e->trigger_comm, strnlen(e->trigger_comm, COMM_LEN));
	text("\"), OOM kill of PID %u (\"", e->pid);
	text_str(e->comm, strnlen(e->comm, COMM_LEN));
	if (known(e))
		text("\"), %llu pages, loadavg: %s\n", e->pages, loadavg() ?: "?");
	else
		text("\"), ? pages, loadavg: %s\n", loadavg() ?: "?");
	put_cause(r);
	text("  Victim: cgroup ");
	put_path(victim_cgroup(r));
	text(", RSS %llu KiB, UID %u, oom_score_adj %d\n", rss(e) / 1024, e->uid, e->score_adj);
}

TOOL(oomkill, .summary = "Trace the OOM killer.",
     .examples = "Examples:\n"
		 "  oomkill                                # every process that it kills\n"
		 "  oomkill --cgroup /sys/fs/cgroup/shop   # in this cgroup and below\n"
		 "  oomkill --json",
     .banner = "Tracing OOM kills... Ctrl-C to stop.", .probes = probes, .opts = filter_opts,
     .cols = cols, EVENTS_TO(oom_event, names, TAIL_PART(oom_event, victim_len)),
     .targets = targets, .row = row)
