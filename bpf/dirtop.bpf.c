// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "dirtop.h"
#include "lib/dirs.bpf.h"
#include "lib/rw.bpf.h"
#include "lib/task.bpf.h"

#define DEPTH  50 /* directories of one file system above a file */
#define MOUNTS 4  /* nested mounts */

const volatile struct conf conf;

/* One entry per directory. */
PERCPU_ARRAY(counts, struct rw_counts, 1);

/* The innermost directory above D, in its file system, that the user asked for, or -1. */
static __always_inline s32 dir_above(const bool typed, struct dentry *d)
{
#pragma clang loop unroll(disable)
	for (u32 i = 0; i < DEPTH; i++) {
		struct dentry *parent = ARG_READ(d, d_parent);
		struct inode *inode = ARG_READ(parent, d_inode);

#pragma clang loop unroll(disable)
		for (u32 j = 0; j < conf.n && j < DIRS_MAX; j++)
			if (is_dir(inode, j, conf.inos[j]))
				return j;
		if (parent == d)
			return -1;
		d = parent;
	}
	count_add(&loss.cut, 1);
	return -1;
}

/* The same above a mount point.  It is global, so that the verifier looks at it once, not for each mount. */
__noinline int dir_above_mount(u64 d)
{
	return dir_above(false, (void *)d);
}

static __always_inline s32 dir_of(const bool typed, struct file *file)
{
	s32 dir = dir_above(typed, ARG_READ(file, f_path.dentry));
	struct vfsmount *mnt = BPF_CORE_READ(file, f_path.mnt);
	struct mount *m = (void *)mnt - bpf_core_field_offset(struct mount, mnt);

#pragma clang loop unroll(disable)
	for (u32 i = 0; dir < 0 && i < MOUNTS; i++) {
		struct mount *above = BPF_CORE_READ(m, mnt_parent);

		if (above == m)
			break;
		dir = dir_above_mount((u64)BPF_CORE_READ(m, mnt_mountpoint));
		m = above;
	}
	return dir;
}

static __always_inline int rw_done(const bool typed, struct file *file, long ret, enum rw_call call)
{
	struct rw_counts *c;
	u32 dir;

	if ((file_mode(typed, file) & S_IFMT) != S_IFREG || !task_wanted())
		return 0;
	dir = dir_of(typed, file);
	c = bpf_map_lookup_elem(&counts, &dir); /* NULL for -1 */
	if (!c)
		return 0;
	rw_count(c, ret, call, false); /* atomic even though per CPU: fexit can be preempted */
	return 0;
}
