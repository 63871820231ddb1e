// SPDX-License-Identifier: BSD-2-Clause
/* profile: what the CPUs do, sampled at a timed interval.  After BCC's, by Brendan Gregg. */
#include "profile.h"
#include "kernel/sample.h"
#include "main/tool.h"
#include "profile.skel.h"
#include "symbols/stack.h"
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>

static struct conf conf;
static bool addresses;
static u32 hertz, period, hash_size = 40960;
static s32 cpu = -1;

static void set_cpu(const char *arg)
{
	cpu = parse_u64(arg, "cpu", 0, INT32_MAX);
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_TID('L'),
	OPT_CONTAINER(0),
	OPT_U32('F', "frequency", "HERTZ", &hertz, 0, 1000000,
		"Samples per second on each CPU (default, also for 0: 49)"),
	OPT_U32('c', "count", "N", &period, 0, INT32_MAX,
		"Sample once every N CPU cycles, or nanoseconds where cycles can't be counted "
		"(0: sample by time)"),
	OPT_STACKS,
	OPT_FLAG('a', "annotations", &stack_show.annotate, "With -f, add _[k] to kernel frames"),
	OPT_FLAG('I', "include-idle", &conf.idle, "Also sample idle CPUs"),
	OPT_CALL('C', "cpu", "CPU", set_cpu, "Sample only this CPU"),
	OPT_FLAG('A', "address", &addresses, "Show the address of each frame"),
	OPT_U32(0, "hash-storage-size", "N", &hash_size, 1, 1 << 24,
		"Number of distinct samples the kernel can count before they are read, at least "
		"once a second (default: 40960)"),
	OPT_USER_FRAMES,
	OPT_STACK_STORAGE,
	{ 0 },
};

CELL(kernel_stack, sample, stack_value(STACK_KERNEL(e->key.stack.kernel), ""))
CELL(user_stack, sample, stack_value(STACK_USER(e->key.stack.user, e->key.pid), ""))

static const struct col cols[] = {
	{ COL("pid", 0, sample, key.pid), HELP("Process ID"), JSON_ONLY },
	{ COL("comm", 0, sample, key.comm), HELP("Name of the thread"), JSON_ONLY },
	{ COLF("kernel", 0, kernel_stack),
	  HELP("Kernel functions, innermost first; null if they could not be stored"), .opt = 'U',
	  .flags = COL_ONLY_IF | COL_UNLESS | COL_JSON_ONLY },
	{ COLF("user", 0, user_stack),
	  HELP("User functions, innermost first; null if they could not be stored"), .opt = 'K',
	  .flags = COL_ONLY_IF | COL_UNLESS | COL_JSON_ONLY },
	{ COL("count", 0, sample, v), HELP("Number of samples with these stacks"), JSON_ONLY },
	{ 0 },
};

static void parsed(void)
{
	stack_parsed();
	if (given('F') && given('c'))
		usage_error("-F and -c exclude each other");
	hertz = hertz ?: 49;
	stack_show.style = FRAME_OFFSET | FRAME_MODULE | (addresses ? FRAME_ADDRESS : 0);
	stack_show.unit = "samples";
	stack_show.counted = "count";
	stack_show.room = hash_size;
}

static void prepare(void *skel)
{
	struct profile_bpf *s = skel;

	bpf_map__set_max_entries(s->maps.counts_first, hash_size);
}

/* Cycles, because they also count with interrupts off; virtual machines often have none. */
static void attach(void *skel)
{
	struct profile_bpf *s = skel;
	struct sampling how = {
		PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, hertz, period, cpu, NULL
	};

	if (!sample_attach(s->progs.sample, &how))
		return;
	how.type = PERF_TYPE_SOFTWARE;
	how.config = PERF_COUNT_SW_CPU_CLOCK;
	if (!sample_attach(s->progs.sample, &how))
		return;
	sample_failed(&how);
}

static void begin(void)
{
	if (stack_show.folded)
		return;
	text(period ? "Sampling at every %u events" : "Sampling at %u Hertz", period ?: hertz);
	text(" of %s by %s stack", filter_context(), stack_context());
	if (cpu >= 0)
		text(" on CPU#%d", cpu);
	stack_banner_end();
}

/* Naming the frames takes a while. */
static char *merge(char *recs, size_t *n)
{
	stack_stop();
	return stack_merge(recs, n);
}

static bool keep(struct rec r)
{
	const struct sample *s = r.p;

	return stack_keep(&s->key, s->v);
}

static void row(struct rec r)
{
	const struct sample *s = r.p;

	stack_row(&s->key, s->v);
}

static int by_count(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return (x->v > y->v) - (x->v < y->v) ?: memcmp(x, y, sizeof(*x));
}

TOOL(profile, .summary = "Profile CPU usage by sampling stacks at a timed interval.",
     .args = "[duration]",
     .examples = "Examples:\n"
		 "  profile               # all CPUs at 49 Hertz, until Ctrl-C\n"
		 "  profile -F 99 10      # at 99 Hertz, for 10 seconds\n"
		 "  profile -f -p 181 5   # process 181, as folded lines\n"
		 "  profile --flamegraph cpu.svg -- make",
     CONF(conf), .opts = opts, .cols = cols, ENTRIES("counts", sample),
     .positional = positional_duration, .no_interval = true, .compare = by_count, .parsed = parsed,
     .prepare = prepare, .attach = attach, .begin = begin, .keep = keep, .row = row,
     .report_begin = stack_report_begin, .merge = merge, .side_open = stack_watch,
     .side_read = stack_watched)
