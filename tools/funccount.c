// SPDX-License-Identifier: BSD-2-Clause
/* funccount: count calls of functions and other probes.  After BCC's, by Brendan Gregg. */
#include "domain/probe_counts.h"
#include "funccount.skel.h"
#include "main/tool.h"
#include "symbols/demangle.h"
#include <err.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static u64 *passed; /* by ID: since the start */

static const struct opt opts[] = {
	OPT_MATCHES('d', 'D'),
	OPT_DEMANGLE,
	{ 0 },
};

CELL(func, hits, demangled_value(probe_counts_name(r)))

static const struct col cols[] = {
	{ COLF("FUNC", -36, func), HELP("Function, or CATEGORY:EVENT of a tracepoint") },
	{ COL("COUNT", 8, hits, v), HELP("Number of calls or hits") },
	{ 0 },
};

static bool keep(struct rec r)
{
	const struct hits *h = r.p;

	passed = passed ?: calloc(matches.n_names, sizeof(*passed));
	if (passed && h->id < matches.n_names)
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
		for (size_t id = 0; id < matches.n_names; id++)
			if (!fnmatch(quiet[i].file, strrchr(matches.shown, '/') ?: "", 0) &&
			    !fnmatch(quiet[i].probes, matches.names[id], 0) &&
			    (!passed || passed[id] < 2)) {
				warnx("%s had hardly any hits: %s", matches.names[id],
				      quiet[i].why);
				said = true;
				break;
			}
	return said;
}

/* BCC's text shows no zeros, so explain them. */
static void end(void)
{
	u64 sum = 0;

	if (matches.kind != USDT || say_quiet())
		return;
	for (size_t id = 0; passed && id < matches.n_names; id++)
		sum += passed[id];
	if (!sum)
		matches_not_hit();
}

TOOL(funccount, .summary = "Count calls of functions, and hits of tracepoints and USDT probes.",
     .args = "PATTERN",
     .examples = "Examples:\n"
		 "  funccount 'vfs_*'                # kernel functions that begin with vfs_\n"
		 "  funccount -r '^vfs_(read|write)' # those that match a regular expression\n"
		 "  funccount -i 1 c:malloc          # malloc() in libc, every second\n"
		 "  funccount 't:block:*'            # the block tracepoints\n"
		 "  funccount -p 181 'u:c:*'         # libc's USDT probes in process 181",
     ENTRIES("counts", hits), .trials = matches_trials, .opts = opts, .cols = cols,
     .positional = matches_positional, .parsed = matches_parsed, .prepare = probe_counts_prepare,
     .attach = matches_attach, .begin = matches_begin, .keep = keep, .end = end,
     .compare = probe_counts_compare, .goodbye = "Detaching...")
