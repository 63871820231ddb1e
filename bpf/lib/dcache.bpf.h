/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lookups of names in the directory cache (dcache).  The including program has defined
 *	static int looked_up(const bool typed, u32 program, struct qstr *name, bool slow)
 *	static int missed(const bool typed, struct qstr *name)
 * of which the first is told of each lookup (SLOW: it needed more than the lockless
 * walk), the second if the cache had no such name, so that the file system was asked.
 *
 * Path walks use lookup_fast(); what creates, removes and renames looks up the last
 * name with d_lookup(), as do some file systems.  Both end in d_alloc() when there
 * is no entry yet.  (d_lookup() returning NULL would not tell: most walks that find
 * nothing never call it.)
 */
#pragma once
#include "kernel_dcache.h"
#include "probe.bpf.h"

/*
 * Walks, by thread, in which lookup_fast() has found nothing: open(2) will look its last
 * name up again with d_lookup(), and that is to be one lookup.
 */
HASH(walks, u32, struct nameidata *, 10240);

/*
 * For open(2) with O_CREAT kernels before 6.12 use d_lookup() alone, newer ones also when
 * lookup_fast() has found that there is no such file, but only d_lookup() if it is O_EXCL.
 * Newer kernels have other numbers for these flags of a walk: 0x100, which was LOOKUP_OPEN,
 * is LOOKUP_RCU there, and never set here.
 */
static __always_inline bool walked_before(struct nameidata *nd)
{
	u32 tid = bpf_get_current_pid_tgid(), flags = BPF_CORE_READ(nd, flags);
	struct nameidata **walk = bpf_map_lookup_elem(&walks, &tid);

	if (walk && *walk == nd) {
		bpf_map_delete_elem(&walks, &tid);
		return true;
	}
	return !(flags & 0x100) && !(flags & 1 << 18 /* LOOKUP_EXCL */);
}

KFUNC_RET(lookup_fast, (struct nameidata * nd), struct dentry *found)
{
	u32 tid = bpf_get_current_pid_tgid();

	if (!found)
		bpf_map_update_elem(&walks, &tid, &nd, BPF_ANY);
	return looked_up(typed, BY_WALK, &nd->last, !found);
}

KFUNC(d_lookup, (struct dentry * parent, struct qstr *name))
{
	struct task_struct___walk *task = (void *)bpf_get_current_task();
	struct nameidata *nd = BPF_CORE_READ(task, nameidata);

	if (name == &nd->last && walked_before(nd))
		return 0;
	return looked_up(typed, BY_NAME, name, true);
}

KFUNC(d_alloc, (struct dentry * parent, struct qstr *name))
{
	u32 tid = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&walks, &tid);
	return missed(typed, name);
}
