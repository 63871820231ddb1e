/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tools that trace whatever the user's pattern matches: functions of the kernel and of programs, tracepoints, USDT
 * probes.  Their BPF programs are in bpf/lib/matches.bpf.h.
 */
#pragma once
#include "kernel/pattern.h"
#include "lib/matches.h"
#include "main/tool.h"

/* The tool, or matches_parsed(), parses it before matches_prepare(). */
extern struct pattern matches;

/* All options of such a tool that are about what it traces, and when it reports. */
#define OPT_MATCHES(duration_key, debug_key)                                            \
	OPT_PID, OPT_INTERVAL('i'), OPT_DURATION(duration_key), OPT_TIMESTAMP('T'),     \
		OPT_FLAG('r', "regexp", &matches_show.regex,                            \
			 "Treat the pattern as a regular expression, not a glob"),      \
		OPT_FLAG(debug_key, "debug", &matches_show.debug,                       \
			 "List on stderr which probes were attached, and how"),         \
		OPT_CALL('c', "cpu", "CPU", matches_set_cpu, "Count only on this CPU"), \
		OPT_CONTAINER(0)

extern struct matches_show {
	bool regex, debug;
} matches_show;
void matches_set_cpu(const char *);

/* For .trials. */
extern const struct trial matches_trials[];

/* Of a tool with these options, .positional, .parsed and .begin: PATTERN, the times of reports, and BCC's banner. */
int matches_positional(unsigned int n, const char *arg);
void matches_parsed(void);
void matches_begin(void);

/* For .end, if nothing was hit: programs don't hit all USDT probes that they have. */
void matches_not_hit(void);

/* For .prepare and .attach. */
void matches_prepare(void *skel);
void matches_attach(void *skel);
