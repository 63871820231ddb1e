// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "filegone.h"
#include "lib/ending.bpf.h"
#include "lib/event.bpf.h"
#include "lib/task.bpf.h"

#define NAME_LEN 256

struct going {
	struct ending ending;
	struct gone_event e;
};
EVENT_SCRATCH(struct going, GONE_ACTIONS + 1);
ENDINGS(struct going, report)

/* Append the dentry's name. */
static __always_inline void put_name(struct gone_event *e, struct dentry *dentry)
{
	u32 off = e->len & (2 * NAME_LEN - 1);

	e->len = off + read_name(e->names + off, NAME_LEN, BPF_CORE_READ(dentry, d_name.name));
}

/* NEWER: the other dentry of a rename.  A rename changes the names, so we copy them first. */
static __always_inline int begin(u32 action, struct dentry *dentry, struct dentry *newer)
{
	struct super_block *sb = BPF_CORE_READ(dentry, d_sb);
	u32 tid = bpf_get_current_pid_tgid();
	struct going *g;

	if (!task_wanted() || ending_inside(bpf_map_lookup_elem(&endings, &tid), sb) ||
	    (newer && !rename_changes(dentry, newer)) || !(g = scratch_get(&scratch, action)))
		return 0;
	g->ending.sb = sb;
	g->ending.depth = 0;
	event_begin(&g->e);
	g->e.action = action;
	g->e.len = 0;
	put_name(&g->e, dentry);
	g->e.old_len = g->e.len;
	if (newer)
		put_name(&g->e, newer);
	map_put(&endings, &tid, g);
	return 0;
}

static __always_inline void report(struct going *g)
{
	g->e.ts = bpf_ktime_get_ns();
	event_output_to(&g->e, names, g->e.len);
}

KFUNC(vfs_unlink, (void *a, void *b))
{
	return begin(GONE_UNLINK, UNLINK_DENTRY(b), NULL);
}

KFUNC(vfs_rmdir, (void *a, void *b))
{
	return begin(GONE_RMDIR, RMDIR_DENTRY(b), NULL);
}

KFUNC(vfs_rename, (void *a))
{
	return begin(GONE_RENAME, RENAME_OLD(a), RENAME_NEW(a));
}

/* Deletion by ioctl(2); vfs_rmdir() also comes here. */
KFUNC_RET(btrfs_delete_subvolume, (void *dir, struct dentry *dentry), int ret)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct going *g = scratch_get(&scratch, GONE_ACTIONS);

	if (ret || !g || !task_wanted() || bpf_map_lookup_elem(&endings, &tid))
		return 0;
	event_begin(&g->e);
	g->e.action = GONE_RMDIR;
	g->e.len = 0;
	put_name(&g->e, dentry);
	g->e.old_len = g->e.len;
	return event_output_to(&g->e, names, g->e.len);
}

ENDING_RET(vfs_unlink)
ENDING_RET(vfs_rmdir)
ENDING_RET(vfs_rename)
