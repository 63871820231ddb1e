/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Queries of database servers.
 *
 *   static __always_inline int query_ended(const struct db_query *q, u64 ns) { ... }
 *   DB_QUERIES(query_ended)
 *	makes the programs that the probes of common/domain/db.h are for.  A thread runs one query at a time.
 */
#pragma once
#include "db_query.h"
#include "map.bpf.h"
#include "runner.bpf.h"
#include "task.bpf.h"
#include "usdt.bpf.h"
#include "user_probe.bpf.h"

/* Queries of threads that ended before they did, such as one of PostgreSQL after an error, make room for others. */
LRU_HASH(db_queries, u32, struct db_query, 8192);
static struct db_query db_no_query;

#define DB_COM_QUERY 3 /* the command of MySQL's protocol */

/*
 * The text is read now, as it may change while the query runs.  A server can have both the function and USDT probes
 * inside it.  What is left of a query that ended in an error gives way to the next.
 */
static __noinline int db_began(u64 text, u32 by_function)
{
	u32 id = runner_id();
	struct db_query *q;
	char last = 0;
	long n;

	if (!task_wanted() || !(q = map_get(&db_queries, &id, &db_no_query)))
		return 0;
	if (q->began && q->by_function && !by_function)
		return 0;
	n = bpf_probe_read_user_str(q->text, sizeof(q->text), (void *)text);
	if (n < 0)
		q->text[0] = 0;
	if (n == sizeof(q->text))
		bpf_probe_read_user(&last, 1, (void *)(text + n - 1));
	q->cut = n < 0 || last;
	q->by_function = by_function;
	q->began = bpf_ktime_get_ns();
	return 0;
}

/* The query of this thread that is over, or NULL.  The caller must call db_forget(). */
static __always_inline struct db_query *db_ended(u32 by_function)
{
	u32 id = runner_id();
	struct db_query *q = bpf_map_lookup_elem(&db_queries, &id);

	return q && q->began && q->by_function == by_function ? q : NULL;
}

static __always_inline int db_forget(void)
{
	u32 id = runner_id();

	bpf_map_delete_elem(&db_queries, &id);
	return 0;
}

#define DB_QUERIES(query_ended)                                           \
	static __noinline int db_end(u32 by_function)                     \
	{                                                                 \
		u64 now = bpf_ktime_get_ns();                             \
		struct db_query *q = db_ended(by_function);               \
                                                                          \
		if (!q)                                                   \
			return 0;                                         \
		query_ended(q, now > q->began ? now - q->began : 0);      \
		return db_forget();                                       \
	}                                                                 \
	USDT(query_start, (u64 text))                                     \
	{                                                                 \
		return db_began(text, 0);                                 \
	}                                                                 \
	USDT(query_done, ())                                              \
	{                                                                 \
		return db_end(0);                                         \
	}                                                                 \
	UFUNC(dispatch_enter, (u32 command, u64 server, u64 packet))      \
	{                                                                 \
		return command == DB_COM_QUERY ? db_began(packet, 1) : 0; \
	}                                                                 \
	UFUNC_END(dispatch, int result)                                   \
	{                                                                 \
		return db_end(1);                                         \
	}                                                                 \
	UFUNC(dispatch_data_enter, (u64 server, u64 data, u32 command))   \
	{                                                                 \
		u64 text = 0;                                             \
                                                                          \
		if (command != DB_COM_QUERY)                              \
			return 0;                                         \
		bpf_probe_read_user(&text, sizeof(text), (void *)data);   \
		return db_began(text, 1);                                 \
	}                                                                 \
	UFUNC_END(dispatch_data, int result)                              \
	{                                                                 \
		return db_end(1);                                         \
	}
