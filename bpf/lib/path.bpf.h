/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths of directories, as the current process sees them. */
#pragma once
#include "kernel.h"
#include "loss.bpf.h"
#include "map.bpf.h"

#define PATH_DEPTH   64	  /* directories and mounts */
#define PATH_NAME    256  /* a name with its end */
#define PATH_ROOM    4096 /* for all names */

#define AT_FDCWD -100

/*
 * Put the names of the directories from START up to the root of the current
 * process at BUF + OFF (below LEN), innermost first, each with a NUL behind it,
 * crossing mounts; BUF has PATH_NAME bytes more than LEN, a power of two.
 * Returns where they end.
 */
static __always_inline u32 path_names(char *buf, u32 off, const u32 len, struct path start)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct path root = BPF_CORE_READ(task, fs, root);
	struct dentry *dentry = start.dentry;
	struct vfsmount *mnt = start.mnt;

	for (int i = 0; i < PATH_DEPTH; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		long n;

		if (!dentry || (dentry == root.dentry && mnt == root.mnt))
			return off;
		if (dentry == parent || dentry == BPF_CORE_READ(mnt, mnt_root)) {
			struct mount *m = (void *)mnt - bpf_core_field_offset(struct mount, mnt);
			struct mount *above = BPF_CORE_READ(m, mnt_parent);

			if (above == m)
				return off; /* outside the process's root */
			dentry = BPF_CORE_READ(m, mnt_mountpoint);
			mnt = (void *)above + bpf_core_field_offset(struct mount, mnt);
			continue;
		}
		if (off >= len)
			break;
		n = bpf_probe_read_kernel_str(buf + (off & (len - 1)), PATH_NAME,
					      BPF_CORE_READ(dentry, d_name.name));
		if (n < 1)
			break;
		off += n;
		dentry = parent;
	}
	count_add(&loss.cut, 1);
	return off;
}

/* The directory that a path given to a system call such as openat(2) starts at. */
static __always_inline struct path path_base(int dfd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct path none = {};
	struct file *file = NULL;
	struct fdtable *fdt;

	if (dfd == AT_FDCWD)
		return BPF_CORE_READ(task, fs, pwd);
	fdt = BPF_CORE_READ(task, files, fdt);
	if (dfd >= 0 && (u32)dfd < BPF_CORE_READ(fdt, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(fdt, fd) + dfd);
	return file ? BPF_CORE_READ(file, f_path) : none;
}
