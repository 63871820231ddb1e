/* SPDX-License-Identifier: BSD-2-Clause */
/* Which probes tell of the queries of a database server; their programs are those of bpf/lib/db_query.bpf.h. */
#pragma once
#include "base/opt.h"
#include "base/run.h"
#include "kernel/user_probe.h"

/* For USER_PROBES(). */
extern const struct user_probe db_probes[];
extern const struct trial db_trials[]; /* for .trials */

/* Options: the file to trace. */
#define OPT_DB_FILE                                                                          \
	OPT_STR('x', "exe", "PATH", &db_file,                                                \
		"Trace only this program, in all processes (default: all copies of mysqld, " \
		"mariadbd or postgres)")
extern const char *db_file;
/* As OPT_PID, but arguments that follow can be more process IDs, as in BCC. */
#define OPT_DB_PID \
	OPT_CALL('p', "pid", "PID", db_pid, "Trace only this process, or several: 12,34 or 12 34")
void db_pid(const char *arg);

/* For .positional: the server, mysql or postgres, or one of several process IDs. */
int db_positional(unsigned int n, const char *arg);
/* For .parsed: which server it is, and so which probes. */
void db_parsed(void);
void db_parsed_as(bool mysql);

/* "Tracing database queries for pids 12, 34 slower than 1 ms..." */
void db_banner(const char *ms);
