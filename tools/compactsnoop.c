// SPDX-License-Identifier: BSD-2-Clause
/* compactsnoop: trace compaction of memory.  After BCC's, by Wenbo Zhang. */
#include "compactsnoop.h"
#include "compactsnoop.skel.h"
#include "kernel/kaddr.h"
#include "kernel/kbtf.h"
#include "main/tool.h"
#include "symbols/stack.h"
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <string.h>

static struct conf conf;

static const struct probe probes[] = {
	{ "compaction", { "began asked ended" } },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID,
	OPT_UID,
	OPT_CONTAINER(0),
	OPT_DURATION('d'),
	OPT_FLAG('K', "kernel-stack", &conf.stack, "Show the kernel functions that led to it"),
	OPT_FLAG('e', "extended-fields", &conf.extended,
		 "Show how fragmented and how full the zone was when it began"),
	{ 0 },
};

static struct stack stack_of(struct rec r)
{
	static u64 frames[EVENT_FRAMES];
	const struct compact_event *e = r.p;
	size_t n = (r.len - offsetof(struct compact_event, frames)) / sizeof(*frames);

	memcpy(frames, e->frames, n * sizeof(*frames));
	return (struct stack){ .addrs = frames, .n = n, .ts = e->ts };
}

static struct value name(const struct compact_name *n)
{
	return *n->s ? value_chars(n->s, sizeof(n->s)) : value_none("?");
}

static struct value pages(const struct compact_event *e, u64 n)
{
	return e->extended ? value_uint(n) : value_none("?");
}

static struct value index_of(const struct compact_event *e)
{
	if (!e->extended || e->fragindex == FRAGINDEX_UNKNOWN)
		return value_none("-");
	return value_as(&kind_signed3, e->fragindex); /* thousandths */
}

CELL(zone, compact_event, name(&e->zone))
CELL(status, compact_event, name(&e->status))
CELL(mode, compact_event, value_str(e->sync ? "SYNC" : "ASYNC"))
CELL(fragindex, compact_event, index_of(e))
CELL(min, compact_event, pages(e, e->min))
CELL(low, compact_event, pages(e, e->low))
CELL(high, compact_event, pages(e, e->high))
CELL(free_pages, compact_event, pages(e, e->free))
CELL(frames, compact_event, stack_value(stack_of(r), "\t"))

static const struct col cols[] = {
	{ COL_TIME_S(-14, compact_event), HELP("Seconds since the first event"),
	  SHOW('T', "timestamp", "Show the time") },
	{ COL("COMM", -14, compact_event, comm), HELP("Name of the thread"), TRUNCATED },
	{ COL("PID", -6, compact_event, pid), HELP("Process ID") },
	{ COL("tid", 0, compact_event, tid), HELP("Thread ID"), JSON_ONLY },
	{ COL("NODE", -4, compact_event, node), HELP("NUMA node") },
	{ COLF("ZONE", -12, zone), HELP("Zone of its memory, such as ZONE_NORMAL") },
	{ COL("ORDER", -5, compact_event, order),
	  HELP("For an allocation of 2^order pages that are next to each other; -1: as much as "
	       "possible") },
	{ COLF("MODE", -7, mode),
	  HELP("SYNC, or ASYNC: it moves only pages for which it need not wait") },
	{ COLF("FRAGIDX", -8, fragindex),
	  HELP("Why there is no free block of this order: 0: memory is short, 1: it is in small "
	       "pieces; -1: there is one; -: ORDER is -1"),
	  ONLY_IF('e') },
	{ COLF("MIN", -8, min), KEY("min_pages"),
	  HELP("Pages that the kernel keeps free for itself"), ONLY_IF('e') },
	{ COLF("LOW", -8, low), KEY("low_pages"), HELP("With fewer free pages, kswapd wakes up"),
	  ONLY_IF('e') },
	{ COLF("HIGH", -8, high), KEY("high_pages"), HELP("With so many, kswapd sleeps again"),
	  ONLY_IF('e') },
	{ COLF("FREE", -8, free_pages), KEY("free_pages"), HELP("Free pages"), ONLY_IF('e') },
	{ COL_AS(kind_ms3, "LAT(ms)", 9, compact_event, ns), KEY("lat_ns"),
	  HELP("How long it took, in milliseconds (JSON: nanoseconds)") },
	{ COLF("STATUS", 16, status),
	  HELP("How it ended, such as success, complete (it went through all of the zone) or "
	       "contended; the names are the kernel's") },
	{ COLF("stack", 0, frames), HELP("Kernel functions that led to it, innermost first"),
	  .opt = 'K', .flags = COL_BELOW | COL_ONLY_IF },
	{ 0 },
};

static void put(struct compact_name *names, u32 number, const char *s, bool lower)
{
	if (number >= COMPACT_NAMES || *names[number].s)
		return;
	for (size_t i = 0; s[i] && i < COMPACT_NAME_LEN - 1; i++)
		names[number].s[i] = lower ? tolower((unsigned char)s[i]) : s[i];
}

static void zone_named(const char *s, u32 number)
{
	put(conf.zones, number, s, false);
}

static void result_named(const char *s, u32 number)
{
	static const char prefix[] = "COMPACT_";

	if (!strncmp(s, prefix, strlen(prefix)))
		put(conf.results, number, s + strlen(prefix), true);
}

static void prepare(void *skel)
{
	static const char *const nodes = "node_data";
	const struct compactsnoop_bpf *s = skel;

	kbtf_enum(KBTF_ZONES, zone_named);
	kbtf_enum(KBTF_COMPACT_RESULTS, result_named);
	conf.numbers = kbtf_tracepoint_args("mm_compaction_begin") > 4;
	/* Other programs are told the zone's address. */
	if (conf.extended && probe_chosen(s->progs.asked_perf)) {
		kaddrs(&nodes, &conf.nodes, 1);
		if (!conf.nodes)
			warnx("what is in a zone is not known: the kernel does not tell where it "
			      "is");
	}
	stack_show.from_probe = true;
	stack_show.style = FRAME_OFFSET;
}

TOOL(compactsnoop, .summary = "Trace compaction of memory.",
     .examples = "Examples:\n"
		 "  compactsnoop           # every compaction of a zone\n"
		 "  compactsnoop -e        # with how fragmented and how full the zone was\n"
		 "  compactsnoop -TK       # with the time, and why it was done\n"
		 "  compactsnoop -p 181 -d 10",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols,
     EVENTS_TO(compact_event, frames, TAIL_BYTES), .prepare = prepare)
