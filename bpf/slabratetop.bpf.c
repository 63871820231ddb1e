// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The functions that take objects from a cache which the caller names.  They don't call each other.  The
 * kernel also has names for them that end in _noprof (see tools/slabratetop.c).
 */
#include "slabratetop.h"
#include "lib/kernel_mm.h"
#include "lib/probe.bpf.h"
#include "lib/task.bpf.h"

TABLE(slabs, struct slab_key, struct slab_count, 4096);

/* N objects are asked for. */
static __always_inline int allocated(struct kmem_cache *cache, u64 n)
{
	struct slab_key key = { (u64)cache };
	struct slab_count *c;

	if (!task_wanted())
		return 0;
	c = table_find(&slabs, &key);
	if (!c) {
		struct slab_count new = {};

		new.size = BPF_CORE_READ(cache, size);
		bpf_probe_read_kernel_str(new.name, sizeof(new.name), BPF_CORE_READ(cache, name));
		c = table_get(&slabs, &key, &new);
		if (!c)
			return 0;
	}
	count_add(&c->allocs, n);
	count_add(&c->bytes, n * c->size);
	return 0;
}

KFUNC(kmem_cache_alloc, (struct kmem_cache * cache))
{
	return allocated(cache, 1);
}

KFUNC(kmem_cache_alloc_lru, (struct kmem_cache * cache))
{
	return allocated(cache, 1);
}

KFUNC(kmem_cache_alloc_node, (struct kmem_cache * cache))
{
	return allocated(cache, 1);
}

KFUNC(kmem_cache_alloc_from_sheaf, (struct kmem_cache * cache))
{
	return allocated(cache, 1);
}

KFUNC(kmem_cache_alloc_bulk, (struct kmem_cache * cache, u64 flags, u64 n))
{
	return allocated(cache, n);
}
