// SPDX-License-Identifier: BSD-2-Clause
/* funccount: count calls of functions and other probes.  After BCC's, by Brendan Gregg. */
#include "funccount.h"
#include "funccount.skel.h"
#include "hits.h"
#include "tool.h"
#include <err.h>
#include <string.h>

static struct conf conf = { .cpu = -1 };
static const char *text_of_pattern;
static bool regex, debug;
static size_t traced;

static const struct trial trials[] = {
	{ "kernel functions", "vfs_read" },
	{ "functions of programs", "c:abort" },
	{ "tracepoints", "t:sched:sched_switch" },
	{ 0 },
};

static void set_cpu(const char *arg)
{
	conf.cpu = parse_u64(arg, "cpu", 0, 1 << 16);
}

static const struct opt opts[] = {
	OPT_PID,
	OPT_INTERVAL('i'),
	OPT_DURATION('d'),
	OPT_TIMESTAMP('T'),
	OPT_FLAG('r', "regexp", &regex, "The pattern is a regular expression, not a glob"),
	OPT_FLAG('D', "debug", &debug, "List on stderr which probes were attached, and how"),
	OPT_CALL('c', "cpu", "CPU", set_cpu, "Count on this CPU only"),
	OPT_CONTAINER(0),
	{ 0 },
};

static const struct col cols[] = {
	{ COLF("FUNC", -36, hits_name), HELP("Function; tracepoints as CATEGORY:EVENT") },
	{ COL("COUNT", 8, hits, v), HELP("How often it was called or passed") },
	{ 0 },
};

static int positional(unsigned int n, const char *arg)
{
	text_of_pattern = arg;
	return !n;
}

static void parsed(void)
{
	if (!text_of_pattern)
		usage_error("which functions should be counted? A pattern is missing");
	pattern_parse(&hits_pattern, text_of_pattern, regex);
	/* As BCC's: whole intervals, the last one ending after the duration. */
	if (run.interval && run.duration)
		run.count = (run.duration + run.interval - 1) / run.interval;
	else
		run.count = run.duration ? 1 : 0;
	run.interval = run.interval ?: run.duration ?: 99999999;
	run.duration = 0;
}

static void prepare(void *skel)
{
	if (conf.cpu >= libbpf_num_possible_cpus())
		errx(1, "there is no CPU %d", conf.cpu);
	hits_prepare(skel, filter_only_pid());
}

static void attach(void *skel)
{
	traced = hits_attach(skel, filter_only_pid(), debug);
}

static void begin(void)
{
	text("Tracing %zu functions for \"", traced);
	text_str(text_of_pattern, strlen(text_of_pattern));
	text("\"... Hit Ctrl-C to end.\n");
}

TOOL(funccount, .summary = "Count calls of functions, tracepoints and USDT probes.",
     .args = "PATTERN",
     .examples = "Examples:\n"
		 "  funccount 'vfs_*'                # kernel functions that begin with vfs_\n"
		 "  funccount -r '^vfs_(read|write)' # the same by a regular expression\n"
		 "  funccount -i 1 c:malloc          # malloc() of libc, every second\n"
		 "  funccount 't:block:*'            # tracepoints\n"
		 "  funccount -p 181 'u:c:*'         # USDT probes of libc in process 181",
     CONF(conf), ENTRIES("counts", hits), .trials = trials, .opts = opts, .cols = cols,
     .positional = positional, .parsed = parsed, .prepare = prepare, .attach = attach,
     .begin = begin, .compare = hits_compare, .goodbye = "Detaching...")
