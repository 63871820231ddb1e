// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "filetop.h"
#include "lib/dirs.bpf.h"
#include "lib/rw.bpf.h"
#include "lib/task.bpf.h"

const volatile struct conf conf;

TABLE(files, struct file_key, struct file_value, 10240);
static struct file_value none;

static __always_inline bool is_in(const bool typed, struct dentry *dentry)
{
	struct dentry *parent = ARG_READ(dentry, d_parent);
	struct inode *dir = ARG_READ(parent, d_inode);

	return is_dir(dir, 0, conf.dir_ino);
}

static __always_inline int rw_done(const bool typed, struct file *file, long ret, enum rw_call call)
{
	struct dentry *dentry = ARG_READ(file, f_path.dentry);
	struct inode *inode = ARG_READ(file, f_inode);
	u32 mode = ARG_READ(inode, i_mode);
	struct file_value *v;
	struct file_key key;

	if (!conf.all && (mode & S_IFMT) != S_IFREG)
		return 0;
	if (!task_wanted() || (conf.dir_ino && !is_in(typed, dentry)))
		return 0;
	key.dentry = (u64)dentry;
	key.ino = ARG_READ(inode, i_ino);
	key.dev = inode_dev(typed, inode);
	key.tid = task_ids();
	v = table_get(&files, &key, &none);
	if (!v)
		return 0;
	if (!v->mode) {
		v->mode = mode;
		v->pid = task_pid();
		bpf_get_current_comm(v->comm, sizeof(v->comm));
		bpf_probe_read_kernel_str(v->name, sizeof(v->name),
					  BPF_CORE_READ(dentry, d_name.name));
	}
	rw_count(&v->n, ret, call,
		 !pid_shared(key.tid)); /* if not shared, the entry is only this thread's */
	return 0;
}
