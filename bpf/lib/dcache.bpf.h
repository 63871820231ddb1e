/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lookups of names in the directory cache (dcache).  The including program defines
 *	static int looked_up(const bool typed, u32 program, struct qstr *name, bool slow)
 *	static int missed(const bool typed, u32 program, struct qstr *name)
 * The first is called for each lookup (SLOW: it needed more than the lockless walk),
 * the second if the cache had no such name.
 *
 * Path walks use lookup_fast().  If that finds nothing, they call d_alloc_parallel(), which makes
 * the entry for the file system to fill, or returns one that another thread has made.  Creating,
 * removing and renaming look up the last name with d_lookup().  So do some file systems, some of which
 * then call d_alloc_parallel(), and open(2) in its walk.
 */
#pragma once
#include "kernel_dcache.h"
#include "probe.bpf.h"

/*
 * By thread, the last name that one of these functions did not find.  If the thread looks
 * for it again, that is the same lookup.
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

/* The thread's walk if NAME is its current name, which lookup_fast() may then have seen; else NULL. */
static __always_inline struct nameidata *walk_of(const struct qstr *name)
{
	struct task_struct___walk *task = (void *)bpf_get_current_task();
	struct nameidata *nd = BPF_CORE_READ(task, nameidata);

	return name == &nd->last ? nd : NULL;
}

/*
 * For open(2) with O_CREAT, kernels before 6.12 use only d_lookup().  Newer ones use it after
 * lookup_fast() has found no such file, or alone with O_EXCL.  Newer kernels also number the
 * flags of a walk differently: 0x100, which was LOOKUP_OPEN, is LOOKUP_RCU there, which is
 * never set here.
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
		/* If the name was not found, d_alloc_parallel() comes next. */
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

	/* A new entry is in no hash chain until the file system has filled it. */
	if (again || (unsigned long)e >= -4095UL || BPF_CORE_READ(e, d_hash.pprev))
		return 0;
	return missed(typed, BY_ALLOC, name);
}
