// SPDX-License-Identifier: BSD-2-Clause
/* dbslower, mysqld_qslower: slow queries of database servers.  After BCC's, by Sasha Goldshtein and Brendan Gregg. */
#include "dbslower.h"
#include "dbslower.skel.h"
#include "domain/db.h"
#include "main/tool.h"
#include "output/recording.h"
#include <string.h>

static struct conf conf = { .min_ns = 1000000 };
static const char *min_ms = "1";
static bool by_pid; /* mysqld_qslower */

static void set_min(const char *arg)
{
	conf.min_ns = parse_ms(arg, by_pid ? "min_ms" : NULL);
	min_ms = arg;
}

static const struct opt opts[] = {
	OPT_CALL('m', "threshold", "MS", set_min,
		 "Show queries of at least so many milliseconds (default: 1)"),
	OPT_DB_PID,
	OPT_DB_FILE,
	OPT_CONTAINER(0),
	{ 0 },
};

/* When the query began. */
static struct value began_at(struct rec r)
{
	const struct query_event *e = r.p;
	u64 ts = e->ts > e->ns ? e->ts - e->ns : 0;

	return value_as(&kind_seconds6, time_began(&ts).number);
}

static struct value query(struct rec r)
{
	static struct noted cut_off;
	const struct query_event *e = r.p;

	cut_off = (struct noted){ e->query, " ...", strnlen(e->query, sizeof(e->query)) };
	return e->cut ? value_noted(&cut_off) : value_strn(cut_off.s, cut_off.len);
}

CELL(cut, query_event, value_bool(e->cut, NULL))

static const struct col cols[] = {
	{ COLF("TIME(s)", -14, began_at), KEY("time_s"),
	  HELP("When the query began, in seconds since tracing began") },
	{ COL("PID", -7, query_event, pid), HELP("Process ID of the server") },
	{ COL("tid", 0, query_event, tid), HELP("Thread ID"), JSON_ONLY },
	{ COL("uid", 0, query_event, uid), HELP("User ID of the server"), JSON_ONLY },
	{ COL("comm", 0, query_event, comm), HELP("Name of the thread"), JSON_ONLY },
	{ COL_AS(kind_ms3, "MS", 8, query_event, ns), KEY("lat_ns"),
	  HELP("How long it took, in milliseconds (JSON: nanoseconds)") },
	{ COLF("QUERY", 0, query), HELP("Its text") },
	{ COLF("cut", 0, cut), HELP("Whether QUERY is incomplete"), JSON_ONLY },
	{ 0 },
};

static int positional(unsigned int n, const char *arg)
{
	if (!by_pid)
		return db_positional(n, arg);
	if (!n)
		db_pid(arg);
	else if (n == 1)
		set_min(arg);
	return n < 2;
}

static void parsed(void)
{
	if (by_pid)
		db_parsed_as(true);
	db_parsed();
	if (by_pid && !filter_only_pid() && !replay_path)
		usage_error("which process?  Give the ID of a server");
}

static void begin(void)
{
	if (by_pid)
		text("Tracing MySQL server queries for PID %u slower than %s ms...\n",
		     filter_only_pid(), min_ms);
	else
		db_banner(min_ms);
}

static const char *const aliases[] = { "mysqld_qslower", NULL };

static void called_as(struct tool *me, const char *name)
{
	by_pid = !strcmp(name, aliases[0]);
	if (!by_pid)
		return;
	me->args = "PID [MIN_MS]";
	me->summary = "Trace slow queries of a MySQL or MariaDB server.";
}

TOOL(dbslower, .summary = "Trace slow queries of database servers.",
     .args = "mysql|postgres [PID...]",
     .examples = "Examples:\n"
		 "  dbslower mysql             # queries of 1 ms or more, of all servers\n"
		 "  dbslower postgres -m 10    # of PostgreSQL, of 10 ms or more\n"
		 "  dbslower mysql -p 181      # of process 181\n"
		 "  dbslower mysql -x /opt/mysql/bin/mysqld",
     CONF(conf), USER_PROBES(db_probes), .opts = opts, .cols = cols, EVENTS(query_event),
     .aliases = aliases, .called_as = called_as, .positional = positional, .parsed = parsed,
     .begin = begin, .trials = db_trials)
