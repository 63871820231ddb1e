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

enum { BY_WALK, BY_NAME, BY_MISS, LOOKUP_PROGRAMS }; /* for programs that keep state */

#define LOOKUP_CREATE 0x200 /* open(2) with O_CREAT; in nameidata's flags for the last name */

/*
 * open(2) looks up its last name by d_lookup(), too, where lookup_fast() found none.
 * With O_CREAT kernels before 6.10, and with O_EXCL all, do only the latter.  So the
 * last walk by lookup_fast() with O_CREAT is remembered.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct nameidata *);
} creating SEC(".maps");

KFUNC_RET(lookup_fast, (struct nameidata * nd), struct dentry *found)
{
	struct nameidata **creates;
	u32 zero = 0;

	if (ARG_READ(nd, flags) & LOOKUP_CREATE &&
	    (creates = bpf_map_lookup_elem(&creating, &zero)))
		*creates = nd;
	return looked_up(typed, BY_WALK, &nd->last, !found);
}

KFUNC(d_lookup, (struct dentry * parent, struct qstr *name))
{
	struct task_struct___walk *task = (void *)bpf_get_current_task();
	struct nameidata *nd = BPF_CORE_READ(task, nameidata), **creates;
	u32 zero = 0;

	if (name == &nd->last) {
		creates = bpf_map_lookup_elem(&creating, &zero);
		if (!(BPF_CORE_READ(nd, flags) & LOOKUP_CREATE) || !creates)
			return 0;
		if (*creates == nd) {
			*creates = NULL;
			return 0;
		}
	}
	return looked_up(typed, BY_NAME, name, true);
}

KFUNC(d_alloc, (struct dentry * parent, struct qstr *name))
{
	return missed(typed, name);
}
