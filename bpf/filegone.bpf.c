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
EVENT_SCRATCH(struct going, GONE_ACTIONS);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 10240);
	__type(key, u32); /* thread */
	__type(value, struct going);
} going SEC(".maps");

/* Put the dentry's name behind what is there. */
static __always_inline void put_name(struct gone_event *e, struct dentry *dentry)
{
	u32 off = e->len & (NAME_LEN - 1);
	long n = bpf_probe_read_kernel_str(e->names + off, NAME_LEN,
					   BPF_CORE_READ(dentry, d_name.name));

	if (n < 1) {
		e->names[off] = 0;
		n = 1;
	}
	e->len = off + n;
}

/* NEWER: the other dentry of a rename.  A rename changes the names: they are kept here. */
static __always_inline int begin(u32 action, void *call, struct dentry *dentry,
				 struct dentry *newer)
{
	struct super_block *sb = BPF_CORE_READ(dentry, d_sb);
	u64 id = bpf_get_current_pid_tgid();
	u32 tid = id;
	struct going *g;

	if (!task_wanted() || ending_inside(bpf_map_lookup_elem(&going, &tid), sb) ||
	    !(g = scratch_get(&scratch, action)))
		return 0;
	g->ending.sb = sb;
	g->ending.call = call;
	g->e.pid = id >> 32;
	g->e.tid = tid;
	g->e.action = action;
	bpf_get_current_comm(g->e.comm, sizeof(g->e.comm));
	g->e.len = 0;
	put_name(&g->e, dentry);
	g->e.old_len = g->e.len;
	if (newer)
		put_name(&g->e, newer);
	map_put(&going, &tid, g);
	return 0;
}

static __always_inline int end(void *call, s32 ret)
{
	u32 tid = bpf_get_current_pid_tgid();
	struct going *g = bpf_map_lookup_elem(&going, &tid);
	u32 len;

	if (!g || g->ending.call != call)
		return 0;
	g->e.ts = bpf_ktime_get_ns();
	len = g->e.len;
	if (!ret && len <= sizeof(g->e.names))
		event_output(&g->e, offsetof(struct gone_event, names) + len);
	bpf_map_delete_elem(&going, &tid);
	return 0;
}

KFUNC(vfs_unlink, (void *a, void *b, void *c))
{
	struct dentry *dentry = UNLINK_DENTRY(b, c);

	return begin(GONE_UNLINK, dentry, dentry, NULL);
}

KFUNC_RET(vfs_unlink, (void *a, void *b, void *c), int ret)
{
	return end(UNLINK_DENTRY(b, c), ret);
}

KFUNC(vfs_rmdir, (void *a, void *b))
{
	struct dentry *dentry = RMDIR_DENTRY(b);

	return begin(GONE_RMDIR, dentry, dentry, NULL);
}

/* The argument that 5.11 lacks is the result there. */
KFUNC_RET(vfs_rmdir, (void *a, void *b, void *c), int ret)
{
	return end(vfs_rmdir_nargs > 2 ? c : b, ret);
}

KFUNC(vfs_rename, (void *a))
{
	return begin(GONE_RENAME, a, RENAME_OLD(a), RENAME_NEW(a));
}

KFUNC_RET(vfs_rename, (void *a), int ret)
{
	return end(a, ret);
}
