/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Removal of names: vfs_unlink(), vfs_rmdir() and vfs_rename().  Their arguments moved in 5.12
 * and 6.19, and they are nested in stacked file systems: when a program deletes a file in
 * overlayfs, overlayfs deletes it in another file system.
 */
#pragma once
#include "kernel_names.h"
#include "probe.bpf.h"

/* Set by the library from BTF, as for a KFUNC_RET(). */
const volatile u32 vfs_unlink_nargs, vfs_rmdir_nargs, vfs_rename_nargs;

struct ending {
	struct super_block *sb;
	u64 depth; /* number of nested calls */
};

/*
 * By thread, what we know of a call until it returns: a VTYPE, which has a member `ending`.  If the
 * call succeeds, the tool's REPORT is called with it.
 */
#define ENDINGS(vtype, report)                                     \
	struct {                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                   \
		__uint(map_flags, BPF_F_NO_PREALLOC);              \
		__uint(max_entries, 10240);                        \
		__type(key, u32);                                  \
		__type(value, vtype);                              \
	} endings SEC(".maps");                                    \
	static __always_inline void report(vtype *);               \
	static __always_inline int ending_over(s32 ret)            \
	{                                                          \
		u32 tid = bpf_get_current_pid_tgid();              \
		vtype *e = bpf_map_lookup_elem(&endings, &tid);    \
                                                                   \
		if (!e)                                            \
			return 0;                                  \
		if (e->ending.depth) { /* a nested call returns */ \
			e->ending.depth--;                         \
			return 0;                                  \
		}                                                  \
		if (!ret)                                          \
			report(e);                                 \
		bpf_map_delete_elem(&endings, &tid);               \
		return 0;                                          \
	}

/*
 * At the entry of a call for a file of SB: is the call nested in OUTER, the call that this thread
 * is in (or NULL)?  Ask this for each call.
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
 * The programs at the return of F.  KFUNC_RET() can't tell nested calls apart, and would
 * keep arguments that nobody needs.
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

/* Does a rename change anything?  A rename onto another name of the same file succeeds without effect. */
static __always_inline bool rename_changes(struct dentry *old, struct dentry *new)
{
	return BPF_CORE_READ(old, d_inode) != BPF_CORE_READ(new, d_inode);
}

/*
 * The dentry, in a body of vfs_unlink() whose second argument is B.  Since 5.12 it is the third.
 * Before, the third has a type that the verifier lets no fentry program read.
 */
#define UNLINK_DENTRY(b) ((struct dentry *)(vfs_unlink_nargs > 3 ? KFUNC_ARG(2) : (b)))
/*
 * The dentry in a body of vfs_rmdir().  Until 5.11, there is no argument C.  The same holds if the
 * compiler split the function in two, as only the first part needs the first argument; BTF does not
 * show that.
 */
#define RMDIR_NARGS     ((s32)vfs_rmdir_nargs)
#define RMDIR_DENTRY(b) ((struct dentry *)(RMDIR_NARGS > 2 ? KFUNC_ARG(2) : (b)))
/* The dentries in a body of vfs_rename(): in the struct that is its first argument, A, or arguments themselves. */
#define RENAME_OLD(a)                             \
	((struct dentry *)(vfs_rename_nargs > 1   \
				   ? KFUNC_ARG(1) \
				   : BPF_CORE_READ((struct renamedata *)(a), old_dentry)))
#define RENAME_NEW(a)                             \
	((struct dentry *)(vfs_rename_nargs > 1   \
				   ? KFUNC_ARG(3) \
				   : BPF_CORE_READ((struct renamedata *)(a), new_dentry)))
