// SPDX-License-Identifier: BSD-2-Clause
/* gethostlatency: how long programs look for the addresses of hosts.  After BCC's, by Brendan Gregg. */
#include "gethostlatency.h"
#include "gethostlatency.skel.h"
#include "main/tool.h"
#include <string.h>

static struct conf conf;
static const char *library;

static const struct user_file libc = {
	"ld-musl-x86_64.so.1 ld-musl-aarch64.so.1 c",
	&library,
	.everywhere = true,
	.alternatives = true,
};

/* The library attaches NAME_enter, too. */
static const struct user_probe probes[] = {
	{ "getaddrinfo", &libc, .symbol = "getaddrinfo" },
	{ "gethostbyname", &libc, .symbol = "gethostbyname", .optional = true },
	{ "gethostbyname2", &libc, .symbol = "gethostbyname2", .optional = true },
	{ 0 },
};

static const struct opt opts[] = {
	OPT_PID,
	OPT_STR('l', "libc", "LIBC", &library,
		"Trace only this C library, or this program if it is linked statically (default: "
		"all copies of the C library)"),
	OPT_FLAG('x', "failed", &conf.failed, "Show only lookups that fail"),
	OPT_UID,
	OPT_CONTAINER(0),
	{ 0 },
};

static const char *const functions[] = {
	[LOOKUP_GETADDRINFO] = "getaddrinfo",
	[LOOKUP_GETHOSTBYNAME] = "gethostbyname",
	[LOOKUP_GETHOSTBYNAME2] = "gethostbyname2",
};

/* By their numbers, which are negative; the same in glibc and musl. */
static const char *const errors[] = {
	[1] = "EAI_BADFLAGS",   [2] = "EAI_NONAME",  [3] = "EAI_AGAIN",    [4] = "EAI_FAIL",
	[5] = "EAI_NODATA",     [6] = "EAI_FAMILY",  [7] = "EAI_SOCKTYPE", [8] = "EAI_SERVICE",
	[9] = "EAI_ADDRFAMILY", [10] = "EAI_MEMORY", [11] = "EAI_SYSTEM",  [12] = "EAI_OVERFLOW",
};

static struct value error_of(const struct lookup_event *e)
{
	u32 n = -(u32)e->result;

	if (!e->result || e->func != LOOKUP_GETADDRINFO)
		return value_none(e->result ? "failed" : "ok");
	return value_named(n < sizeof(errors) / sizeof(*errors) ? errors[n] : NULL, "%d",
			   e->result);
}

CELL(error, lookup_event, error_of(e))
CELL(failed, lookup_event, value_bool(e->result, NULL))
CELL(function, lookup_event, value_str(NAME_OF(functions, e->func)))
CELL(cut, lookup_event, value_bool(e->cut, NULL))

static struct value host(struct rec r)
{
	static struct noted cut_off;
	const struct lookup_event *e = r.p;

	cut_off = (struct noted){ e->host, " ...", strnlen(e->host, sizeof(e->host)) };
	return e->cut ? value_noted(&cut_off) : value_strn(cut_off.s, cut_off.len);
}

static const struct col cols[] = {
	{ COL_TIME(-9, lookup_event), HELP("Time of day when the call returned") },
	{ COL("PID", -7, lookup_event, pid), HELP("Process ID") },
	{ COL("tid", 0, lookup_event, tid), HELP("Thread ID"), JSON_ONLY },
	{ COL("uid", 0, lookup_event, uid), HELP("User ID of the process"), JSON_ONLY },
	{ COL("COMM", -16, lookup_event, comm), HELP("Name of the thread") },
	{ COL_AS(kind_ms, "LATms", 10, lookup_event, ns), KEY("lat_ns"),
	  HELP("How long the call took, in milliseconds (JSON: nanoseconds)") },
	{ COLF("function", 0, function), HELP("The function that was called"), JSON_ONLY },
	{ COLF("ERROR", -14, error), SHOW('e', "error", "Show whether the lookup failed, and why"),
	  HELP("What getaddrinfo(3) returned, or failed for another function; ok (JSON: null) if "
	       "an address was found") },
	{ COLF("failed", 0, failed), HELP("Whether no address was found"), JSON_ONLY },
	{ COLF("HOST", 0, host), HELP("The name that was looked up") },
	{ COLF("cut", 0, cut), HELP("Whether HOST is incomplete"), JSON_ONLY },
	{ 0 },
};

TOOL(gethostlatency, .summary = "Trace how long programs look for the addresses of hosts.",
     .examples = "Examples:\n"
		 "  gethostlatency            # all lookups, also in containers\n"
		 "  gethostlatency -p 181     # those of process 181\n"
		 "  gethostlatency -x -e      # those that fail, and why\n"
		 "  gethostlatency -l ./prog  # of a static program",
     CONF(conf), USER_PROBES(probes), .opts = opts, .cols = cols, EVENTS(lookup_event))
