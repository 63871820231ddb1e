// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "ugc.h"
#include "lib/event.bpf.h"
#include "lib/lang.bpf.h"
#include "lib/runner.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

/* A collection that a thread is in.  Those of several memory pools can be inside one another. */
struct collection {
	u64 pool; /* the address of its name */
	u32 runner, kind;
};
struct began {
	u64 ns;
	s64 used, committed;
};
LRU_HASH(began, struct collection, struct began, 8192);

static __noinline int gc_begins(u32 kind, u64 pool, s64 used, s64 committed)
{
	struct collection c = { .pool = pool, .runner = runner_id(), .kind = kind };
	struct began b = { .used = used, .committed = committed };

	if (!task_wanted())
		return 0;
	b.ns = bpf_ktime_get_ns();
	map_put(&began, &c, &b);
	return 0;
}

/* The event, but for the names; NULL if it is not wanted. */
static __always_inline struct gc_event *gc_ends(u32 kind, u64 pool, s64 used, s64 committed)
{
	u64 now = bpf_ktime_get_ns(), ns;
	struct collection c = { .pool = pool, .runner = runner_id(), .kind = kind };
	const struct began *b = bpf_map_lookup_elem(&began, &c);
	struct gc_event *e;

	if (!b)
		return NULL;
	ns = now > b->ns ? now - b->ns : 0;
	if (ns < conf.min_ns || !(e = event_new(struct gc_event)))
		goto over;
	event_begin(e);
	e->ts = now;
	e->ns = ns;
	e->kind = kind;
	e->pad = 0;
	e->used[0] = b->used;
	e->used[1] = used;
	e->committed[0] = b->committed;
	e->committed[1] = committed;
	bpf_map_delete_elem(&began, &c);
	return e;
over:
	bpf_map_delete_elem(&began, &c);
	return NULL;
}

static __noinline int gc_ended_as(u32 kind, s64 number)
{
	struct gc_event *e = gc_ends(kind, 0, number, 0);

	if (!e)
		return 0;
	__builtin_memset(e->manager, 0, sizeof(e->manager));
	__builtin_memset(e->pool, 0, sizeof(e->pool));
	event_send(e);
	return 0;
}

USDT(gc_began, ())
{
	return gc_begins(GC_PLAIN, 0, 0, 0);
}

USDT(gc_ended, ())
{
	return gc_ended_as(GC_PLAIN, 0);
}

USDT(mark_began, ())
{
	return gc_begins(GC_MARK, 0, 0, 0);
}

USDT(mark_ended, ())
{
	return gc_ended_as(GC_MARK, 0);
}

USDT(sweep_began, ())
{
	return gc_begins(GC_SWEEP, 0, 0, 0);
}

USDT(sweep_ended, ())
{
	return gc_ended_as(GC_SWEEP, 0);
}

USDT(python_began, (s64 generation))
{
	return gc_begins(GC_PYTHON, 0, generation, 0);
}

USDT(python_ended, (s64 collected))
{
	return gc_ended_as(GC_PYTHON, collected);
}

USDT(node_began, (s64 types))
{
	return gc_begins(GC_NODE, 0, types, 0);
}

USDT(node_ended, ())
{
	return gc_ended_as(GC_NODE, 0);
}

USDT(pool_began,
     (u64 manager, s32 manager_len, u64 pool, s32 pool_len, u64 init, s64 used, s64 committed))
{
	return gc_begins(GC_POOL, pool, used, committed);
}

static __noinline int pool_ends(u64 manager, u64 pool, s64 used, s64 committed, u64 lens)
{
	struct gc_event *e = gc_ends(GC_POOL, pool, used, committed);

	if (!e)
		return 0;
	lang_name_read(e->manager, sizeof(e->manager), manager, lens >> 32);
	lang_name_read(e->pool, sizeof(e->pool), pool, (u32)lens);
	event_send(e);
	return 0;
}

USDT(pool_ended,
     (u64 manager, s32 manager_len, u64 pool, s32 pool_len, u64 init, s64 used, s64 committed))
{
	return pool_ends(manager, pool, used, committed,
			 (u64)(u32)manager_len << 32 | (u32)pool_len);
}
