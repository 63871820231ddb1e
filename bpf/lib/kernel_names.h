/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of the tools that trace names: of files, mounts, file descriptors; see kernel.h. */
#pragma once
#include "kernel.h"

#define PF_IO_WORKER 0x10 /* a thread of io_uring */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct___flags {
	unsigned int flags;
};

struct super_block___stacked {
	int s_stack_depth; /* above 0: a stacked file system, such as overlayfs */
};
struct super_block___names {
	unsigned long s_magic;
};
struct inode___names {
	u32 i_generation; /* tells apart files that reused the same i_ino */
	unsigned int i_nlink;
};
struct vfsmount___names {
	struct super_block *mnt_sb;
};
struct file___names {
	unsigned int f_mode;
};
struct hlist_bl_node {
	struct hlist_bl_node **pprev;
};
struct dentry___names {
	struct hlist_bl_node d_hash; /* holds NULL once the name is removed from its directory */
};
struct msghdr {
	void *msg_control;
	u64 msg_controllen;
	unsigned int msg_flags;
};
struct renamedata { /* of vfs_rename() since 5.12, and late 5.10 */
	struct dentry *old_dentry, *new_dentry;
	unsigned int flags;
};

#pragma clang attribute pop

/* Is the current task an io_uring worker, which does blocking work on behalf of its process? */
static __always_inline bool task_is_io_worker(void)
{
	struct task_struct___flags *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, flags) & PF_IO_WORKER;
}
