// SPDX-License-Identifier: BSD-2-Clause
/* funccount: count calls of functions and other probes.  After BCC's, by Brendan Gregg. */
#include "funccount.h"
#include "domain/functions.h"
#include "domain/probe_counts.h"
#include "funccount.skel.h"
#include "main/tool.h"
#include <err.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static struct conf conf = { .cpu = -1 };
static const char *text_of_pattern;
static bool regex, debug;
static size_t traced;
static u64 *passed; /* by ID: since the start */

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
	OPT_FLAG('r', "regexp", &regex, "Treat the pattern as a regular expression, not a glob"),
	OPT_FLAG('D', "debug", &debug, "List on stderr which probes were attached, and how"),
	OPT_CALL('c', "cpu", "CPU", set_cpu, "Count only on this CPU"),
	OPT_CONTAINER(0),
	{ 0 },
};

static const struct col cols[] = {
	{ COLF("FUNC", -36, probe_counts_name),
	  HELP("Function, or CATEGORY:EVENT of a tracepoint") },
	{ COL("COUNT", 8, hits, v), HELP("Number of calls or hits") },
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
		usage_error("which functions should be counted? The pattern is missing");
	pattern_parse(&probe_counts_pattern, text_of_pattern, regex);
	whole_intervals();
}

static void prepare(void *skel)
{
	if (conf.cpu >= libbpf_num_possible_cpus())
		errx(1, "there is no CPU %d", conf.cpu);
	probe_counts_prepare(skel, filter_only_pid());
}

static void attach(void *skel)
{
	traced = probe_counts_attach(skel, filter_only_pid(), debug);
}

static void begin(void)
{
	char what[32];

	snprintf(what, sizeof(what), "%zu functions", traced);
	functions_banner(what, text_of_pattern);
}

static bool keep(struct rec r)
{
	const struct hits *h = r.p;

	passed = passed ?: calloc(probe_counts_pattern.n_names, sizeof(*passed));
	if (passed && h->id < probe_counts_pattern.n_names)
		passed[h->id] += h->v;
	return true;
}

/* USDT probes that exist but are hardly ever hit: these probes, in files of this name. */
static const struct {
	const char *file, *probes, *why;
} quiet[] = {
	{ "*python*", "function__entry",
	  "Python 3.11 hits it once, at startup: count function__return instead" },
	{ "*ruby*", "method__*",
	  "Ruby hits it only while the program itself traces its calls with TracePoint" },
	{ "*php*", "*", "PHP hits most probes only if started with USE_ZEND_DTRACE=1" },
};

static bool say_quiet(void)
{
	bool said = false;

	for (size_t i = 0; i < sizeof(quiet) / sizeof(*quiet); i++)
		for (size_t id = 0; id < probe_counts_pattern.n_names; id++)
			if (!fnmatch(quiet[i].file, strrchr(probe_counts_pattern.shown, '/') ?: "",
				     0) &&
			    !fnmatch(quiet[i].probes, probe_counts_pattern.names[id], 0) &&
			    (!passed || passed[id] < 2)) {
				warnx("%s had hardly any hits: %s", probe_counts_pattern.names[id],
				      quiet[i].why);
				said = true;
				break;
			}
	return said;
}

/* BCC's text shows no zeros, so explain them: programs don't hit all probes that they have. */
static void end(void)
{
	u64 sum = 0;

	if (probe_counts_pattern.kind != USDT || say_quiet())
		return;
	for (size_t id = 0; passed && id < probe_counts_pattern.n_names; id++)
		sum += passed[id];
	if (!sum)
		warnx("no probe was hit: some programs hit theirs only if told to, or never");
}

TOOL(funccount, .summary = "Count calls of functions, and hits of tracepoints and USDT probes.",
     .args = "PATTERN",
     .examples = "Examples:\n"
		 "  funccount 'vfs_*'                # kernel functions that begin with vfs_\n"
		 "  funccount -r '^vfs_(read|write)' # those that match a regular expression\n"
		 "  funccount -i 1 c:malloc          # malloc() in libc, every second\n"
		 "  funccount 't:block:*'            # the block tracepoints\n"
		 "  funccount -p 181 'u:c:*'         # libc's USDT probes in process 181",
     CONF(conf), ENTRIES("counts", hits), .trials = trials, .opts = opts, .cols = cols,
     .positional = positional, .parsed = parsed, .prepare = prepare, .attach = attach,
     .begin = begin, .keep = keep, .end = end, .compare = probe_counts_compare,
     .goodbye = "Detaching...")
