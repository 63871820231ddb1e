// SPDX-License-Identifier: BSD-2-Clause
/* dbstat: how long queries of database servers take, as a histogram.  After BCC's, by Sasha Goldshtein. */
#include "dbstat.h"
#include "dbstat.skel.h"
#include "domain/db.h"
#include "main/tool.h"
#include "output/hist.h"

static struct conf conf = { .unit = 1000000 };
static const char *min_ms = "0";

static void set_min(const char *arg)
{
	conf.min_ns = parse_ms(arg, NULL);
	min_ms = arg;
}

static void set_microseconds(const char *arg)
{
	(void)arg;
	conf.unit = 1000;
}

static const struct opt opts[] = {
	OPT_CALL('m', "threshold", "MS", set_min,
		 "Count queries of at least so many milliseconds (default: 0)"),
	OPT_CALL('u', "microseconds", NULL, set_microseconds,
		 "Use microseconds instead of milliseconds"),
	OPT_INTERVAL('i'),
	OPT_DB_PID,
	OPT_DB_FILE,
	OPT_CONTAINER(0),
	{ 0 },
};

static const struct col cols[] = {
	{ COL("msecs", 0, query_times, v), HELP("How long queries took, in milliseconds"),
	  ONLY_UNLESS('u') },
	{ COL("usecs", 0, query_times, v), HELP("The same in microseconds, with -u"),
	  ONLY_IF('u') },
	{ COL("total_ns", 0, query_times, v.sum), HELP("Sum of their times, in nanoseconds"),
	  JSON_ONLY },
	{ COL_OF(hist_values, "count", 0, query_times, v), HELP("Number of queries"), JSON_ONLY },
	{ 0 },
};

static void begin(void)
{
	db_banner(min_ms);
}

static void report_begin(void)
{
	text("[%s]\n", time_hms(time_mono()));
}

static void row(struct rec r)
{
	hist_text(&((const struct query_times *)r.p)->v,
		  given('u') ? "query latency (us)" : "query latency (ms)");
}

static void report_end(void)
{
	text("\n");
}

TOOL(dbstat, .summary = "Summarize how long queries of database servers take, as a histogram.",
     .args = "mysql|postgres [PID...]",
     .examples = "Examples:\n"
		 "  dbstat postgres            # of all PostgreSQL servers, on Ctrl-C\n"
		 "  dbstat mysql -p 181        # of process 181\n"
		 "  dbstat mysql -u -i 10      # in microseconds, every ten seconds\n"
		 "  dbstat postgres -m 100     # of queries of 100 ms or more",
     CONF(conf), USER_PROBES(db_probes), .opts = opts, .cols = cols, ENTRIES("times", query_times),
     .report = REPORT_HIST, .no_interval = true, .own_gaps = true, .positional = db_positional,
     .parsed = db_parsed, .begin = begin, .report_begin = report_begin, .row = row,
     .report_end = report_end, .trials = db_trials)
