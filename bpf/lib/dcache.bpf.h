/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lookups of names in the directory cache (dcache).  The including program has defined
 *	static int looked_up(const bool typed, u32 program, struct qstr *name, bool slow)
 *	static int missed(const bool typed, u32 program, struct qstr *name)
 * of which the first is told of each lookup (SLOW: it needed more than the lockless
 * walk), the second if the cache had no such name.
 *
 * Path walks use lookup_fast().  When that finds nothing they call d_alloc_parallel(), which
 * makes the entry that the file system is to fill, or returns another thread's.  What creates,
 * removes and renames looks up the last name with d_lookup(), as do some file systems, and some
 * of these call d_alloc_parallel() afterwards.  open(2) does so, too, in its walk.
 */
#pragma once
#include "kernel_dcache.h"
#include "probe.bpf.h"

/*
 * By thread, the name that one of these functions has not found last.  If it is
 * looked for again, that is the same lookup.
 */
HASH(unfound, u32, struct qstr *, 10240);

static __always_inline void set_unfound(struct qstr *name)
{
	u32 tid = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&unfound, &tid, &name, BPF_ANY);
}

static __always_inline bool take_unfound(const struct qstr *name)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct qstr **last = bpf_map_lookup_elem(&unfound, &tid);
	bool same = last && *last == name;

	if (last)
		bpf_map_delete_elem(&unfound, &tid);
	return same;
}

/* The thread's walk, if NAME is its current name: then lookup_fast() may have seen it. */
static __always_inline struct nameidata *walk_of(const struct qstr *name)
{
	struct task_struct___walk *task = (void *)bpf_get_current_task();
	struct nameidata *nd = BPF_CORE_READ(task, nameidata);

	return name == &nd->last ? nd : NULL;
}

/*
 * For open(2) with O_CREAT kernels before 6.12 use d_lookup() alone, newer ones also when
 * lookup_fast() has found that there is no such file, but only d_lookup() if it is O_EXCL.
 * Newer kernels have other numbers for these flags of a walk: 0x100, which was LOOKUP_OPEN,
 * is LOOKUP_RCU there, and never set here.
 */
static __always_inline bool walked_before(struct nameidata *nd)
{
	u32 flags = BPF_CORE_READ(nd, flags);

	return take_unfound(&nd->last) ||
	       (!(flags & 0x100) && !(flags & 1 << 18 /* LOOKUP_EXCL */));
}

KFUNC_RET(lookup_fast, (struct nameidata * nd), struct dentry *found)
{
	if (!found)
		set_unfound(&nd->last);
	return looked_up(typed, BY_WALK, &nd->last, !found);
}

KFUNC_RET(d_lookup, (struct dentry * parent, struct qstr *name), struct dentry *found)
{
	struct nameidata *nd = walk_of(name);

	if (nd) {
		/* If it was not found, d_alloc_parallel() is next. */
		return walked_before(nd) ? 0 : looked_up(typed, BY_NAME, name, true);
	}
	looked_up(typed, BY_NAME, name, true);
	if (found) {
		take_unfound(name);
		return 0;
	}
	set_unfound(name);
	return missed(typed, BY_NAME, name);
}

KFUNC_RET(d_alloc_parallel, (struct dentry * parent, struct qstr *name), struct dentry___names *e)
{
	bool again = take_unfound(name) && !walk_of(name);

	/* Until the file system has filled it a new entry is in no hash chain. */
	if (again || (unsigned long)e >= -4095UL || BPF_CORE_READ(e, d_hash.pprev))
		return 0;
	return missed(typed, BY_ALLOC, name);
}
