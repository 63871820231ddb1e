/* SPDX-License-Identifier: BSD-2-Clause */
/* What tools share that trace functions of the user's choice. */
#pragma once
#include "kernel/pattern.h"
#include "main/tool.h"
#include "output/hist.h"

/* Exits if the pattern is one of tracepoints or USDT probes, which have no return. */
void functions_only(const struct pattern *);

/*
 * The name of a function by its number, which goes on from one of the N patterns to the next, as OPT_DEMANGLE has it.
 * In a replay, only a pattern that is a name is known.
 */
const char *functions_name(const struct pattern *, size_t n, u32 func);

/* BCC's first line: "Tracing WHAT for PATTERN". */
void functions_banner(const char *what, const char *pattern);
/* The same of N functions. */
void functions_counted(size_t n, const char *pattern);

/* Histograms of times in nanoseconds or, with -u or -m, in the unit that functions_unit() returns. */
extern bool functions_us, functions_ms;
#define OPT_FUNCTION_TIMES                                                                       \
	OPT_FLAG('u', "microseconds", &functions_us, "Use microseconds instead of nanoseconds"), \
		OPT_FLAG('m', "milliseconds", &functions_ms,                                     \
			 "Use milliseconds instead of nanoseconds")
u64 functions_unit(void); /* in nanoseconds */
const char *functions_unit_name(void);
/* For .parsed: checks these options. */
void functions_times_parsed(void);

/* The columns of a struct hist, whose sum is in nanoseconds; WHAT: "Latency of the calls". */
enum { FUNCTIONS_NSECS = 1, FUNCTIONS_OWN }; /* for opt_imply(); a tool's own begin at the last */
#define COLS_FUNCTION_TIMES(type, hist, what)                                                     \
	{ COL("nsecs", 0, type, hist), HELP(what ", in nanoseconds"), .opt = FUNCTIONS_NSECS,     \
	  .flags = COL_ONLY_IF },                                                                 \
		{ COL("usecs", 0, type, hist), HELP(what " in microseconds, with -u"),            \
		  ONLY_IF('u') },                                                                 \
		{ COL("msecs", 0, type, hist), HELP(what " in milliseconds, with -m"),            \
		  ONLY_IF('m') },                                                                 \
		{ COL("total_ns", 0, type, hist.sum), HELP("Sum of these times, in nanoseconds"), \
		  JSON_ONLY },                                                                    \
	{                                                                                         \
		COL_OF(hist_values, "count", 0, type, hist), HELP("Number of these times"),       \
			JSON_ONLY                                                                 \
	}
