/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tools that tell how long threads are off the CPU: see bpf/lib/offcpu.bpf.h.  They first include a header that defines
 * struct off_key.
 */
#pragma once
#include "domain/block_time.h"
#include "lib/offcpu.h"
#include "main/filter.h"
#include "main/tool.h"
#include "symbols/stack.h"

extern struct off_conf off_conf;
extern bool off_complete, off_edges;

/* In a table of struct probe. */
#define OFFCPU_PROBES                                                                            \
	{ "tasks leaving and entering a CPU", { "switched" } },                                  \
	{                                                                                        \
		"threads that sleep before tracing begins", { "sleepers" }, .optional = true,    \
									    .wanted = &off_edges \
	}

#define OPT_OFFCPU_THREADS                                                     \
	OPT_PID, OPT_TID('t'), OPT_CONTAINER(0),                               \
		OPT_FLAG('u', "user-threads-only", &off_conf.user_threads,     \
			 "Leave out kernel threads"),                          \
		OPT_FLAG('k', "kernel-threads-only", &off_conf.kernel_threads, \
			 "Only kernel threads")
#define OPT_OFFCPU_TIMES                                                                        \
	OPT_BLOCK_TIME("times"),                                                                \
		OPT_CALL(0, "state", "MASK", offcpu_state,                                      \
			 "Only threads that leave the CPU in one of these states: 1 is "        \
			 "interruptible, 2 uninterruptible; 0: those that could have gone on"), \
		OPT_FLAG(0, "complete-only", &off_complete,                                     \
			 "Leave out times that began before tracing or had not ended when it "  \
			 "did, as BCC does")

/* Columns of stacks, for COLF(): with -K and -U only those that the user asked for. */
#define OFFCPU_KERNEL .opt = 'U', .flags = COL_ONLY_IF | COL_UNLESS | COL_JSON_ONLY
#define OFFCPU_USER   .opt = 'K', .flags = COL_ONLY_IF | COL_UNLESS | COL_JSON_ONLY

#define COLS_OFFCPU_TARGET                                                                     \
	{ COL("pid", 0, offcpu, key.target.pid), HELP("Process ID"), JSON_ONLY },              \
		{ COL("tid", 0, offcpu, key.target.tid), HELP("Thread ID"), JSON_ONLY },       \
		{ COL("comm", 0, offcpu, key.target.comm), HELP("Name of the thread"),         \
		  JSON_ONLY },                                                                 \
		{ COLF("kernel", 0, offcpu_kernel),                                            \
		  HELP("Kernel functions, innermost first; null if they could not be stored"), \
		  OFFCPU_KERNEL },                                                             \
	{                                                                                      \
		COLF("user", 0, offcpu_user),                                                  \
			HELP("User functions, innermost first; null if they could not be "     \
			     "stored"),                                                        \
			OFFCPU_USER                                                            \
	}
#define COLS_OFFCPU_TIME                                                                     \
	{ COL("off_ns", 0, offcpu, v.ns),                                                    \
	  HELP("Time off the CPU with these stacks, in nanoseconds"), JSON_ONLY },           \
	{                                                                                    \
		COL("count", 0, offcpu, v.count), HELP("How many times that was"), JSON_ONLY \
	}

/* In the description of such a tool. */
#define OFFCPU                                                                                 \
	ENTRIES("times", offcpu), .positional = positional_duration, .no_interval = true,      \
				  .compare = offcpu_compare, .prepare = offcpu_prepare,        \
				  .loaded = offcpu_loaded, .report_begin = stack_report_begin, \
				  .merge = offcpu_merge, .side_open = offcpu_watch,            \
				  .side_read = stack_watched

void offcpu_state(const char *arg);
struct value offcpu_kernel(struct rec);
struct value offcpu_user(struct rec);
/* For .parsed. */
void offcpu_parsed(void);
void offcpu_prepare(void *skel);
void offcpu_loaded(void *skel);
int offcpu_watch(void);
char *offcpu_merge(char *recs, size_t *n);
int offcpu_compare(const void *a, const void *b);
