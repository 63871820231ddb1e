// SPDX-License-Identifier: BSD-2-Clause
/* softirqslower: soft interrupts that come late, or take long.  After BCC's, by Chenyue Zhou. */
#include "softirqslower.h"
#include "domain/irq_time.h"
#include "softirqslower.skel.h"

static struct conf conf;
static u32 min_us = 10000;

static const struct opt opts[] = { OPT_IRQ_CPU, { 0 } };

static const char *const stages[] = {
	[STAGE_WAIT] = "irq(hard) to softirq",
	[STAGE_RUN] = "softirq runtime",
};

CELL(stage, slow_event, value_str(NAME_OF(stages, e->stage)))
CELL(name, slow_event, value_str(NAME_OF(softirq_names, e->vector)))

static const struct col cols[] = {
	{ COL_TIME(-8, slow_event), HELP("Time when it began to run, or was done") },
	{ COLF("STAGE", -20, stage), FIELD(slow_event, stage),
	  HELP("irq(hard) to softirq: the time until it began to run; softirq runtime: the time "
	       "that it ran") },
	{ COLF("SOFTIRQ", -8, name), FIELD(slow_event, vector),
	  HELP("Name of the soft interrupt") },
	{ COL_AS(kind_us, "LAT(us)", -14, slow_event, ns), KEY("lat_ns"),
	  HELP("That time in microseconds (JSON: lat_ns, in nanoseconds)") },
	{ COL("CPU", -6, slow_event, cpu), HELP("Number of the CPU") },
	{ COL("pid", 0, slow_event, pid), HELP("Process ID"), JSON_ONLY },
	{ COL("tid", 0, slow_event, tid), HELP("Thread ID"), JSON_ONLY },
	{ COL("COMM", -16, slow_event, comm),
	  HELP("Name of the thread that had the CPU, and was stopped") },
	{ 0 },
};

static int positional(unsigned int n, const char *arg)
{
	if (!n)
		min_us = parse_u64(arg, "min_us", 0, UINT32_MAX);
	return !n;
}

static void parsed(void)
{
	conf.min_ns = min_us * 1000ull;
}

static void begin(void)
{
	text("Tracing softirq latency higher than %u us... Hit Ctrl-C to end.\n", min_us);
}

TOOL(softirqslower, .summary = "Trace soft interrupts that come late, or take long.",
     .args = "[MIN_US]",
     .examples = "Examples:\n"
		 "  softirqslower          # of 10 ms and more\n"
		 "  softirqslower 1000     # of 1 ms and more\n"
		 "  softirqslower -c 1 500 # of 0.5 ms and more, on CPU 1",
     CONF(conf), .opts = opts, .cols = cols, EVENTS(slow_event), .positional = positional,
     .parsed = parsed, .prepare = irq_prepare, .begin = begin)
