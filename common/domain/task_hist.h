/* SPDX-License-Identifier: BSD-2-Clause */
/* Tools that show times of tasks as histograms; see bpf/lib/task_hist.bpf.h. */
#pragma once
#include "lib/task_hist.h"
#include "main/tool.h"
#include "output/hist.h"

extern bool task_hist_pids, task_hist_tids, task_hist_pidnss;

#define OPT_TASK_HIST                                                                         \
	OPT_TIMESTAMP('T'),                                                                   \
		OPT_CALL('m', "milliseconds", NULL, task_hist_milliseconds,                   \
			 "Use milliseconds instead of microseconds"),                         \
		OPT_FLAG('P', "pids", &task_hist_pids, "Print a histogram for each process"), \
		OPT_FLAG('L', "tids", &task_hist_tids, "Print a histogram for each thread")

/* Instead of letters of options, as several show these columns. */
enum { TASK_HIST_PID = 1, TASK_HIST_TID, TASK_HIST_PIDNS };

/* WHAT: "Times that tasks waited". */
#define COLS_TASK_HIST(what)                                                                   \
	{ COL("pid", 0, task_hist, v.pid), HELP("Process ID, with -P or -L"),                  \
	  .opt = TASK_HIST_PID, .flags = COL_ONLY_IF | COL_JSON_ONLY },                        \
		{ COL("tid", 0, task_hist, v.tid), HELP("Thread ID, with -L"),                 \
		  .opt = TASK_HIST_TID, .flags = COL_ONLY_IF | COL_JSON_ONLY },                \
		{ COL("comm", 0, task_hist, v.comm),                                           \
		  HELP("Name of the process, or with -L of the thread"), .opt = TASK_HIST_PID, \
		  .flags = COL_ONLY_IF | COL_JSON_ONLY },                                      \
		{ COL("usecs", 0, task_hist, v.hist), HELP(what ", in microseconds"),          \
		  ONLY_UNLESS('m') },                                                          \
		{ COL("msecs", 0, task_hist, v.hist), HELP(what " in milliseconds, with -m"),  \
		  ONLY_IF('m') },                                                              \
		{ COL("total_ns", 0, task_hist, v.hist.sum),                                   \
		  HELP("Sum of these times, in nanoseconds"), JSON_ONLY },                     \
	{                                                                                      \
		COL_OF(hist_values, "count", 0, task_hist, v.hist), HELP("Number of times"),   \
			JSON_ONLY                                                              \
	}

/* In the description of such a tool. */
#define TASK_HIST                                                                                \
	ENTRIES("task_hists", task_hist), ALSO_ENTRIES("all_tasks", task_hist_all),              \
		.unfold = task_hist_unfold, .report = REPORT_HIST, .compare = task_hist_compare, \
		.row = task_hist_row

void task_hist_milliseconds(const char *arg);
/* For .parsed and .prepare. */
void task_hist_parsed(void);
void task_hist_prepare(void *skel);
/* Put the name after the ID: "pid = 12 COMM". */
extern bool task_hist_names;

void task_hist_unfold(void *rec, const void *entry);
int task_hist_compare(const void *a, const void *b);
void task_hist_row(struct rec);
/* For .report_end: BCC's line of the report's average, total and count. */
void task_hist_extension(void);
