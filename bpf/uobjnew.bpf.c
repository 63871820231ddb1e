// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "uobjnew.h"
#include "lib/lang.bpf.h"
#include "lib/runner.bpf.h"
#include "lib/task.bpf.h"

TABLE(objects, struct object_key, typeof(((struct objects *)0)->v), 10240);
static typeof(((struct objects *)0)->v) none;

/* A key for each thread: it is too long for the stack. */
LRU_HASH(keys, u32, struct object_key, 8192);
static struct object_key no_key;

static __noinline int made(u32 kind, u64 name, s64 name_len, u64 size)
{
	u32 runner = runner_id();
	typeof(&none) v;
	struct object_key *k;

	if (!task_wanted() || !(k = map_get(&keys, &runner, &no_key)))
		return 0;
	k->kind = kind;
	k->size = kind == OBJECT_BLOCK ? size : 0;
	if (kind == OBJECT_NAMED)
		lang_name_read(k->name, sizeof(k->name), name, name_len);
	else
		__builtin_memset(k->name, 0, sizeof(k->name));
	v = table_get(&objects, k, &none);
	if (!v)
		return 0;
	count_add(&v->count, 1);
	count_add(&v->bytes, size);
	return 0;
}

USDT(java_object, (u64 thread, u64 class, s32 len, u32 size))
{
	return made(OBJECT_NAMED, class, len < 0 ? 0 : len, size);
}

USDT(ruby_object, (u64 class))
{
	return made(OBJECT_NAMED, class, -1, 0);
}

USDT(ruby_string, (u64 size))
{
	return made(OBJECT_STRING, 0, 0, size);
}

USDT(ruby_array, (u64 size))
{
	return made(OBJECT_ARRAY, 0, 0, size);
}

USDT(ruby_hash, (u64 size))
{
	return made(OBJECT_HASH, 0, 0, size);
}

USDT(tcl_object, ())
{
	return made(OBJECT_ANY, 0, 0, 0);
}

UFUNC(allocating, (u64 size))
{
	return made(OBJECT_BLOCK, 0, 0, size);
}
