/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths of directories, as the current process sees them. */
#pragma once
#include "kernel.h"
#include "loss.bpf.h"
#include "map.bpf.h"

#define PATH_DEPTH 64  /* directories and mounts */
#define PATH_NAME  256 /* a name with its end */

#define PATH_MAX 4096
#define AT_FDCWD -100

/*
 * Put the names of the directories from START up to the root of the current
 * process at BUF + *END (below LEN, a power of two), innermost first, each with a
 * NUL behind it, crossing mounts; *END moves behind them.  BUF has PATH_NAME
 * bytes more than LEN.
 *
 * END must point into a map: what the verifier does not know about it, it can't
 * tell apart from one round of the loop to the next.
 */
static __always_inline void path_names(char *buf, volatile u32 *end, const u32 len,
				       struct path start)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct path root = BPF_CORE_READ(task, fs, root);
	const u32 mnt_offset = bpf_core_field_offset(struct mount, mnt);
	struct dentry *dentry = start.dentry;
	struct vfsmount *mnt = start.mnt;

	for (int i = 0; i < PATH_DEPTH && dentry; i++) {
		struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
		u32 off = *end;
		long n;

		if (dentry == root.dentry && mnt == root.mnt)
			return;
		if (dentry == parent || dentry == BPF_CORE_READ(mnt, mnt_root)) {
			struct mount *m = (void *)mnt - mnt_offset;
			struct mount *above = BPF_CORE_READ(m, mnt_parent);

			if (above == m)
				return; /* the process's root is not above */
			dentry = BPF_CORE_READ(m, mnt_mountpoint);
			mnt = (void *)above + mnt_offset;
			continue;
		}
		if (off >= len)
			break;
		n = bpf_probe_read_kernel_str(buf + (off & (len - 1)), PATH_NAME,
					      BPF_CORE_READ(dentry, d_name.name));
		if (n < 1)
			break;
		*end = off + n;
		dentry = parent;
	}
	count_add(&loss.cut, 1);
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
