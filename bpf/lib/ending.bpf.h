/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Names that are about to go: vfs_unlink(), vfs_rmdir() and vfs_rename(), whose arguments
 * moved with 5.12 and 6.19, and which call each other in stacked file systems: what a
 * program deletes in overlayfs, overlayfs deletes in another.
 */
#pragma once
#include "kernel_names.h"
#include "probe.bpf.h"

/* Set by the library from BTF, as for a KFUNC_RET(). */
const volatile u32 vfs_unlink_nargs, vfs_rmdir_nargs, vfs_rename_nargs;

struct ending {
	struct super_block *sb;
	u64 depth; /* of the calls inside it */
};

/*
 * By thread, what is known of a call until it returns: a VTYPE, which has `ending`.  If the call
 * succeeds, the tool's REPORT is called with it.
 */
#define ENDINGS(vtype, report)                                   \
	struct {                                                 \
		__uint(type, BPF_MAP_TYPE_HASH);                 \
		__uint(map_flags, BPF_F_NO_PREALLOC);            \
		__uint(max_entries, 10240);                      \
		__type(key, u32);                                \
		__type(value, vtype);                            \
	} endings SEC(".maps");                                  \
	static __always_inline void report(vtype *);             \
	static __always_inline int ending_over(s32 ret)          \
	{                                                        \
		u32 tid = bpf_get_current_pid_tgid();            \
		vtype *e = bpf_map_lookup_elem(&endings, &tid);  \
                                                                 \
		if (!e)                                          \
			return 0;                                \
		if (e->ending.depth) { /* of a call inside it */ \
			e->ending.depth--;                       \
			return 0;                                \
		}                                                \
		if (!ret)                                        \
			report(e);                               \
		bpf_map_delete_elem(&endings, &tid);             \
		return 0;                                        \
	}

/*
 * At the entry of a call for a file of SB: is it inside OUTER, the call this thread is
 * said to be in, or NULL?  To be asked of each call.
 */
static __always_inline bool ending_inside(struct ending *outer, struct super_block *sb)
{
	struct super_block___stacked *s = outer ? (void *)outer->sb : NULL;

	if (!outer)
		return false;
	if (outer->sb != sb && BPF_CORE_READ(s, s_stack_depth)) {
		outer->depth++;
		return true;
	}
	count_add(&loss.returns, 1); /* its return was missed */
	return false;
}

/*
 * The programs at the return of F.  Not a KFUNC_RET(), which does not know a call from
 * another inside it, and would keep arguments that nobody needs.
 */
#define ENDING_RET(f)                                          \
	SEC("?fexit/" #f) int f##_fexit(u64 *ctx)              \
	{                                                      \
		return ending_over(fexit_ret(ctx, f##_nargs)); \
	}                                                      \
	SEC("?kretprobe/" #f) int f##_kretprobe(void *ctx)     \
	{                                                      \
		return ending_over(KREG(ctx, ax, regs[0]));    \
	}

/* Does a rename change anything?  One onto another name of the same file succeeds, and does nothing. */
static __always_inline bool rename_changes(struct dentry *old, struct dentry *new)
{
	return BPF_CORE_READ(old, d_inode) != BPF_CORE_READ(new, d_inode);
}

/*
 * The dentry, in a body of vfs_unlink() whose second argument is B.  The third is the dentry since
 * 5.12; before, it is of a type that the verifier lets no fentry program read.
 */
#define UNLINK_DENTRY(b) ((struct dentry *)(vfs_unlink_nargs > 3 ? KFUNC_ARG(2) : (b)))
/*
 * In one of vfs_rmdir(): until 5.11 it has no argument C.  Nor has the rest of it where its
 * beginning, which alone needs the first argument, is another function; BTF does not know that.
 */
#define RMDIR_NARGS     ((s32)vfs_rmdir_nargs)
#define RMDIR_DENTRY(b) ((struct dentry *)(RMDIR_NARGS > 2 ? KFUNC_ARG(2) : (b)))
/* In one of vfs_rename(), whose first argument is A: a struct, or once these themselves. */
#define RENAME_OLD(a)                             \
	((struct dentry *)(vfs_rename_nargs > 1   \
				   ? KFUNC_ARG(1) \
				   : BPF_CORE_READ((struct renamedata *)(a), old_dentry)))
#define RENAME_NEW(a)                             \
	((struct dentry *)(vfs_rename_nargs > 1   \
				   ? KFUNC_ARG(3) \
				   : BPF_CORE_READ((struct renamedata *)(a), new_dentry)))
