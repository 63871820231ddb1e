// SPDX-License-Identifier: BSD-2-Clause
/* klockstat: how long threads wait for the kernel's locks, and hold them.  After BCC's, by Jiri Olsa. */
#include "klockstat.h"
#include "kernel/kaddr.h"
#include "klockstat.skel.h"
#include "main/tool.h"
#include "symbols/ksym.h"
#include "symbols/stack.h"
#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct conf conf;
static bool reset, spin, sleeps = true; /* waits for which kinds of locks */
static u32 rows, frames_shown = 1;
static const char *caller_wanted, *lock_wanted;

enum sort { BY_MAX, BY_TOTAL, BY_COUNT };
static enum sort sorts[2]; /* of waits, of holds */

static const struct probe probes[] = {
	{ "mutexes",
	  { "mutex_lock mutex_unlock", "mutex_lock_nested mutex_unlock" },
	  .wanted = &sleeps },
	{ "mutexes that signals interrupt",
	  { "mutex_lock_interruptible mutex_lock_killable",
	    "mutex_lock_interruptible_nested mutex_lock_killable_nested" },
	  .optional = true,
	  .rare = true,
	  .wanted = &sleeps },
	{ "attempts at mutexes", { "mutex_trylock" }, .optional = true, .wanted = &sleeps },
	{ "semaphores locked for reading",
	  { "down_read down_read_nested up_read", "down_read up_read" },
	  .wanted = &sleeps },
	{ "semaphores locked for reading that signals interrupt",
	  { "down_read_killable down_read_interruptible", "down_read_killable" },
	  .optional = true,
	  .rare = true,
	  .wanted = &sleeps },
	{ "attempts at semaphores for reading",
	  { "down_read_trylock" },
	  .optional = true,
	  .wanted = &sleeps },
	{ "semaphores locked for writing",
	  { "down_write down_write_nested up_write", "down_write up_write" },
	  .wanted = &sleeps },
	{ "semaphores locked for writing that signals interrupt",
	  { "down_write_killable down_write_killable_nested", "down_write_killable" },
	  .optional = true,
	  .rare = true,
	  .wanted = &sleeps },
	{ "attempts at semaphores for writing",
	  { "down_write_trylock" },
	  .optional = true,
	  .rare = true,
	  .wanted = &sleeps },
	{ "who has a lock", { "mutex.owner rw_semaphore.owner" }, .wanted = &conf.owner },
	{ "threads that are gone", { "freed" }, .wanted = &sleeps },
	{ "waits for spin locks", { "contention_begin contention_end" }, .wanted = &spin },
	{ 0 },
};

/* The functions that take locks, which are no callers. */
static const char *const lock_functions[] = {
	"mutex_lock",
	"mutex_lock_interruptible",
	"mutex_lock_killable",
	"mutex_trylock",
	"mutex_lock_nested",
	"mutex_lock_interruptible_nested",
	"mutex_lock_killable_nested",
	"down_read",
	"down_read_interruptible",
	"down_read_killable",
	"down_read_trylock",
	"down_read_nested",
	"down_write",
	"down_write_killable",
	"down_write_trylock",
	"down_write_nested",
	"down_write_killable_nested",
	"native_queued_spin_lock_slowpath",
	"__pv_queued_spin_lock_slowpath",
	"queued_spin_lock_slowpath",
	"queued_read_lock_slowpath",
	"queued_write_lock_slowpath",
	"_raw_spin_lock",
	"_raw_spin_lock_bh",
	"_raw_spin_lock_irq",
	"_raw_spin_lock_irqsave",
	"_raw_read_lock",
	"_raw_read_lock_bh",
	"_raw_read_lock_irq",
	"_raw_read_lock_irqsave",
	"_raw_write_lock",
	"_raw_write_lock_bh",
	"_raw_write_lock_irq",
	"_raw_write_lock_irqsave",
	NULL,
};

static void set_sort(const char *word)
{
	static const char *const what[] = { "max", "total", "count" };
	static const char *const tables[] = { "acq_", "hld_" };

	for (int table = 0; table < 2; table++)
		for (enum sort s = BY_MAX; s <= BY_COUNT; s++)
			if (!strncmp(word, tables[table], 4) && !strcmp(word + 4, what[s])) {
				sorts[table] = s;
				return;
			}
	usage_error("'%s' is none of acq_max, acq_total, acq_count, hld_max, hld_total, hld_count",
		    word);
}

static void set_sorts(const char *arg)
{
	parse_words(arg, set_sort);
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('t'),
	OPT_CONTAINER(0),
	OPT_DURATION('d'),
	OPT_INTERVAL('i'),
	OPT_U32('n', "locks", "N", &rows, 0, 99999999,
		"Show at most this many rows of each table (0: all)"),
	OPT_U32('s', "stacks", "N", &frames_shown, 1, STACK_MAX,
		"Show this many functions of each stack (default: 1)"),
	OPT_STR('c', "caller", "NAME", &caller_wanted, "Only callers whose names begin with this"),
	OPT_STR('L', "lock", "LOCK", &lock_wanted,
		"Only this lock: an address, or the name of one of the kernel's variables"),
	OPT_CALL('S', "sort", "LIST", set_sorts,
		 "Sort by these: acq_max, acq_total or acq_count, and hld_max, hld_total or "
		 "hld_count (default: acq_max,hld_max)"),
	OPT_FLAG('P', "per-thread", &conf.per_thread, "Count by thread, not by stack"),
	OPT_FLAG(0, "owner", &conf.owner,
		 "Tell apart which thread had the lock when the wait began"),
	OPT_FLAG(0, "spin", &spin, "Show waits for spin locks instead (Linux 5.19 and later)"),
	OPT_FLAG('R', "reset", &reset, "With -i, count anew in each interval, not from the start"),
	OPT_TIMESTAMP('T'),
	OPT_STACK_STORAGE,
	{ 0 },
};

/* The first function that is not the lock's. */
static const struct frame *caller_of(const struct lock_times *e)
{
	static struct frame frames[STACK_MAX];

	return stack_frames(STACK_KERNEL(e->k.stack), frames) ? frames : NULL;
}

static struct value frame_or_none(const struct frame *f)
{
	return f && f->addr ? frame_value(f, false) : value_none("[unknown]");
}

static void put_more_frames(struct out *o, struct rec r)
{
	const struct lock_times *e = r.p;
	struct frame frames[STACK_MAX];
	size_t n = stack_frames(STACK_KERNEL(e->k.stack), frames);

	(void)o;
	for (size_t i = 1; i < n && i < frames_shown; i++) {
		const char *name = frame_or_none(&frames[i]).s;
		size_t len = strlen(name);

		text("\n%*s", (int)(40 - (len < 40 ? len : 40)), "");
		text_str(name, len);
	}
}

static struct value owner_text(struct rec r)
{
	const struct lock_times *e = r.p;

	if (!e->k.owner && !e->k.owner_comm[0])
		return value_none("-");
	return value_fmt("%.*s (%u)%s", COMM_LEN, e->k.owner_comm, e->k.owner,
			 e->k.owner_reads ? " reads" : "");
}

static u64 average(const struct lock_times *e)
{
	return e->v.count ? e->v.ns / e->v.count : 0;
}

static struct value longest(struct rec r)
{
	static struct member members[4];
	const struct lock_times *e = r.p;

	members[0] = (struct member){ "tid", value_uint(e->v.max_tid) };
	members[1] = (struct member){ "comm", value_chars(e->v.max_comm, COMM_LEN) };
	members[2] = (struct member){ "lock", value_as(&kind_address, e->v.max_lock) };
	return value_object(members);
}

CELL(table, lock_times, value_str(e->k.held ? "hold" : "spin"))
CELL(caller, lock_times, frame_or_none(caller_of(e)))
CELL(avg_ns, lock_times, value_uint(average(e)))
CELL(stack, lock_times, stack_value(STACK_KERNEL(e->k.stack), ""))
CELL(more_frames, lock_times, value_written(put_more_frames))
CELL(owner_tid, lock_times, e->k.owner ? value_uint(e->k.owner) : value_none(""))
CELL(owner_comm, lock_times,
     e->k.owner_comm[0] ? value_chars(e->k.owner_comm, COMM_LEN) : value_none(""))
CELL(owner_reads, lock_times, value_bool(e->k.owner_reads, NULL))

#define OWNER 1 /* --owner was given; see opt_imply() */

#define COLS_BEGIN(time, word)                                                                    \
	{ COLF("table", 0, table), HELP("spin: times that threads waited; hold: that they held"), \
	  JSON_ONLY },                                                                            \
		{ COL("Tid", 19, lock_times, k.tid), HELP("With -P, thread ID"), ONLY_IF('P') },  \
		{ COL("Comm", 20, lock_times, k.comm), HELP("With -P, name of the thread"),       \
		  ONLY_IF('P') },                                                                 \
		{ COLF("Caller", 40, caller), HELP("Who takes the lock"), ONLY_UNLESS('P') },     \
		{ COLF("Avg " time, 10, avg_ns), KEY("avg_ns"),                                   \
		  HELP("Average time, in nanoseconds") },                                         \
		{ COL("Count", 6, lock_times, v.count), HELP("How often that was") },             \
		{ COL("Max " word, 10, lock_times, v.max_ns), KEY("max_ns"),                      \
		  HELP("The longest, in nanoseconds"), .flags = COL_GAUGE },                      \
	{                                                                                         \
		COL("Total " word, 10, lock_times, v.ns), KEY("total_ns"),                        \
			HELP("Sum of the times, in nanoseconds")                                  \
	}
#define COLS_END                                                                                   \
	{ COLF("", 0, more_frames), .opt = 'P',                                                    \
	  .flags = COL_BELOW | COL_TEXT_ONLY | COL_ONLY_IF | COL_UNLESS },                         \
		{ COLF("longest", 0, longest),                                                     \
		  HELP("Of the longest: the thread (tid, comm) and the lock's address (lock)"),    \
		  JSON_ONLY },                                                                     \
		{ COLF("stack", 0, stack),                                                         \
		  HELP("Kernel functions that took the lock, innermost first; null if they could " \
		       "not be stored"),                                                           \
		  .opt = 'P', .flags = COL_ONLY_IF | COL_UNLESS | COL_JSON_ONLY },                 \
		{ COLF("owner_tid", 0, owner_tid),                                                 \
		  HELP("With --owner, the thread that had the lock when the wait began; null if "  \
		       "it was free"),                                                             \
		  .opt = OWNER, .flags = COL_ONLY_IF | COL_JSON_ONLY },                            \
		{ COLF("owner_comm", 0, owner_comm), HELP("With --owner, its name"), .opt = OWNER, \
		  .flags = COL_ONLY_IF | COL_JSON_ONLY },                                          \
		{ COLF("owner_reads", 0, owner_reads),                                             \
		  HELP("With --owner, whether it reads: of several readers, it is the last one"),  \
		  .opt = OWNER, .flags = COL_ONLY_IF | COL_JSON_ONLY },                            \
	{                                                                                          \
		0                                                                                  \
	}

static const struct col cols[] = {
	COLS_BEGIN("Spin", "spin"),
	{ COLF("Owner", 0, owner_text),
	  HELP("With --owner, the thread that had the lock when the wait began; - if it was free"),
	  .opt = OWNER, .flags = COL_TEXT_ONLY },
	COLS_END,
};

static const struct col hold_cols[] = { COLS_BEGIN("Hold", "hold"), COLS_END };

static bool is_hold(struct rec r)
{
	return ((const struct lock_times *)r.p)->k.held;
}

static u64 sort_key(const struct lock_times *e)
{
	enum sort s = sorts[!!e->k.held];

	return s == BY_MAX ? e->v.max_ns : s == BY_TOTAL ? e->v.ns : e->v.count;
}

/* Waits before holds. */
static int compare(const void *a, const void *b)
{
	const struct lock_times *x = a, *y = b;
	u64 m = sort_key(x), n = sort_key(y);

	return !!x->k.held - !!y->k.held ?: (m < n) - (m > n) ?: memcmp(&x->k, &y->k, sizeof(x->k));
}

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct lock_key));
}

static bool keep(struct rec r)
{
	const struct frame *f = caller_wanted ? caller_of(r.p) : NULL;

	return !caller_wanted ||
	       (f && f->name && !strncmp(f->name, caller_wanted, strlen(caller_wanted)));
}

/* Of the records in the order of compare(), those that are shown. */
static size_t cut(struct lock_times *recs, size_t n)
{
	size_t kept = 0, of_table[2] = {};

	for (size_t i = 0; i < n; i++)
		if (keep((struct rec){ &recs[i], sizeof(*recs) }) &&
		    (!rows || of_table[!!recs[i].k.held] < rows)) {
			of_table[!!recs[i].k.held]++;
			recs[kept++] = recs[i];
		}
	return kept;
}

static void add(struct lock_value *sum, const struct lock_value *v)
{
	sum->count += v->count;
	sum->ns += v->ns;
	if (v->max_ns <= sum->max_ns && sum->max_lock)
		return;
	sum->max_ns = v->max_ns;
	sum->max_lock = v->max_lock;
	sum->max_tid = v->max_tid;
	memcpy(sum->max_comm, v->max_comm, COMM_LEN);
}

static char *merge(char *recs, size_t *n)
{
	static struct lock_times *all; /* from the start, in the order of by_key() */
	static size_t n_all;
	struct lock_times *both;
	size_t kept = 0;

	if (reset) {
		qsort(recs, *n, sizeof(*both), compare);
		*n = cut((void *)recs, *n);
		return recs;
	}
	both = calloc(n_all + *n + 1, sizeof(*both));
	if (!both)
		err(1, NULL);
	if (n_all)
		memcpy(both, all, n_all * sizeof(*both));
	memcpy(both + n_all, recs, *n * sizeof(*both));
	qsort(both, n_all + *n, sizeof(*both), by_key);
	for (size_t i = 0; i < n_all + *n; i++)
		if (kept && !by_key(&both[kept - 1], &both[i]))
			add(&both[kept - 1].v, &both[i].v);
		else
			both[kept++] = both[i];
	free(all);
	free(recs);
	all = both;
	n_all = kept;
	both = calloc(n_all + 1, sizeof(*both));
	if (!both)
		err(1, NULL);
	memcpy(both, all, n_all * sizeof(*both));
	qsort(both, n_all, sizeof(*both), compare);
	*n = cut(both, n_all);
	return (char *)both;
}

static void parsed(void)
{
	if (conf.per_thread && caller_wanted)
		usage_error("-c and -P exclude each other");
	if (conf.owner && spin)
		usage_error("--owner and --spin exclude each other: a spin lock does not know who "
			    "has it");
	sleeps = !spin;
	if (conf.owner)
		opt_imply(OWNER);
	run.from_start = !reset;
	stack_show.from_probe = true;
	stack_show.probed = lock_functions;
	stack_show.keep_ids = true;
	if (lock_wanted && !strncmp(lock_wanted, "0x", 2))
		conf.lock = parse_u64(lock_wanted, "lock", 1, UINT64_MAX);
	else if (lock_wanted && !isalpha((unsigned char)*lock_wanted) && *lock_wanted != '_')
		usage_error("-L is neither an address that begins with 0x nor a name");
}

/* Before the programs get their configuration: the name's address. */
static void find_lock(void)
{
	if (!lock_wanted || conf.lock)
		return;
	conf.lock = kaddr(lock_wanted);
	if (!conf.lock)
		ksym_addrs(&lock_wanted, &conf.lock, 1);
	if (!conf.lock)
		errx(1, "the kernel has no variable '%s', or hides its address", lock_wanted);
}

TOOL(klockstat, .summary = "Show how long threads wait for and hold the kernel's locks.",
     .examples = "Examples:\n"
		 "  klockstat                    # until Ctrl-C\n"
		 "  klockstat -d 5 -n 3          # for 5 seconds; the three longest\n"
		 "  klockstat -i 5 -R            # every 5 seconds, each interval by itself\n"
		 "  klockstat -s 3 -c pipe_      # callers in pipes, with who called them\n"
		 "  klockstat --owner -p 181     # whom process 181 waits for\n"
		 "  klockstat --spin -s 3        # who waits for spin locks\n"
		 "  klockstat -S acq_total,hld_count",
     CONF(conf), .probes = probes, .opts = opts, .cols = cols, .alt_cols = hold_cols,
     .is_alt = is_hold, ENTRIES("times", lock_times), .no_interval = true, .lead = true,
     .compare = compare, .parsed = parsed, .targets = find_lock, .keep = keep, .merge = merge,
     .banner = "Tracing lock events... Hit Ctrl-C to end.")
