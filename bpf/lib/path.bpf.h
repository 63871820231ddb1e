/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Paths of directories, as the current process sees them. */
#pragma once
#include "kernel.h"
#include "loss.bpf.h"
#include "map.bpf.h"
#include "path.h"

#define PATH_DEPTH 256 /* directories and mounts */
#define PATH_NAME  256 /* a name with its end */

#define PATH_MAX 4096
#define AT_FDCWD -100

/* The progress of path_names(), by slot of EVENT_SCRATCH. */
struct path_walk {
	struct path at, root;
	u64 left; /* steps, until the path is cut */
};

#define PATH_SLOTS 8

PERCPU_ARRAY(path_walks, struct path_walk, PATH_SLOTS);

enum path_step { PATH_MORE, PATH_DONE, PATH_CUT, PATH_UNREACHABLE };

/* Put one name, or cross one mount. */
static __always_inline enum path_step path_up(struct path_walk *w, char *names, u32 *end,
					      const u32 len)
{
	const u32 mnt_offset = bpf_core_field_offset(struct mount, mnt);
	struct dentry *dentry = w->at.dentry, *parent = BPF_CORE_READ(dentry, d_parent);
	struct vfsmount *mnt = w->at.mnt;
	const unsigned char *name;
	u32 off = *end;
	u64 at;
	long n;

	if (dentry == w->root.dentry && mnt == w->root.mnt)
		return PATH_DONE;
	if (dentry && (dentry == parent || dentry == BPF_CORE_READ(mnt, mnt_root))) {
		struct mount *m = (void *)mnt - mnt_offset;
		struct mount *above = BPF_CORE_READ(m, mnt_parent);

		if (!mnt || above == m)
			return PATH_UNREACHABLE; /* the process's root is not above it */
		w->at.dentry = BPF_CORE_READ(m, mnt_mountpoint);
		w->at.mnt = (void *)above + mnt_offset;
		return PATH_MORE;
	}
	if (!dentry)
		return PATH_UNREACHABLE; /* for example, the descriptor is not open */
	if (off >= len)
		return PATH_CUT;
	name = BPF_CORE_READ(dentry, d_name.name);
	at = off;
	asm volatile(
		""
		: "+r"(at)); /* mask it after this: 5.10 forgets the bounds of spilled registers */
	n = bpf_probe_read_kernel_str(names + (at & (len - 1)), PATH_NAME, name);
	if (n < 1)
		return PATH_CUT;
	*end = off + n;
	w->at.dentry = parent;
	return PATH_MORE;
}

/* The same.  If this is the last step, and the path goes on, a mark replaces what is missing. */
static __always_inline enum path_step path_up_marked(struct path_walk *w, char *names, u32 *end,
						     const u32 len)
{
	enum path_step step = path_up(w, names, end, len);
	u64 off;

	if (step == PATH_MORE && !--w->left)
		step = PATH_CUT;
	if (step == PATH_MORE || step == PATH_DONE)
		return step;
	off = *end;
	asm volatile("" : "+r"(off)); /* so that clang uses the register it compares */
	if (off <= len + PATH_NAME - PATH_MARK_BYTES) {
		names[off] = '/';
		names[off + 1] = step == PATH_CUT ? 0 : '/';
		names[off + 2] = 0;
		*end = off + (step == PATH_CUT ? PATH_MARK_BYTES - 1 : PATH_MARK_BYTES);
	}
	return step;
}

/*
 * Defines where path_names() puts names: in struct TYPE, of which EVENT_SCRATCH has slots, at
 * NAMES + END (a u32 below LEN, which is a power of two).  NAMES has PATH_NAME bytes more than LEN.
 * It is a global function, so that the verifier looks at it once, not for each name.
 */
#define PATH_NAMES(type, names, end, len)                                      \
	__noinline u64 path_step(u32 slot)                                     \
	{                                                                      \
		struct type *t = scratch_get(&scratch, slot);                  \
		struct path_walk *w = bpf_map_lookup_elem(&path_walks, &slot); \
                                                                               \
		if (!t || !w)                                                  \
			return PATH_CUT;                                       \
		return path_up_marked(w, (t)->names, &(t)->end, len);          \
	}
u64 path_step(u32 slot);

/*
 * Put the names of the directories from START up to the root of the current process
 * into the event in SLOT, innermost first, each followed by a NUL, crossing mounts, and
 * move its END past them.  If the root isn't reached, one of path.h's marks comes last.
 */
static __always_inline enum path_step path_names(u32 slot, struct path start)
{
	struct path_walk *w = bpf_map_lookup_elem(&path_walks, &slot);
	struct task_struct *task = (void *)bpf_get_current_task();
	u64 step = PATH_MORE;

	if (!w)
		return PATH_CUT;
	w->at = start;
	w->root = BPF_CORE_READ(task, fs, root);
	w->left = PATH_DEPTH;
	/* The verifier goes through each turn, so there is little in it: no conversion of a number, either. */
	for (u64 i = 0; step == PATH_MORE && i < PATH_DEPTH; i++)
		step = path_step(slot);
	if (step == PATH_CUT)
		count_add(&loss.cut, 1);
	return step;
}

/* The file behind descriptor FD of a task, or NULL. */
static __always_inline struct file *task_file_of(struct task_struct *task, s32 fd)
{
	struct fdtable *fdt = BPF_CORE_READ(task, files, fdt);
	struct file *file = NULL;

	if (fd >= 0 && (u32)fd < BPF_CORE_READ(fdt, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(fdt, fd) + fd);
	return file;
}

/* The same of the current process. */
static __always_inline struct file *task_file(s32 fd)
{
	return task_file_of((void *)bpf_get_current_task(), fd);
}

/* The directory that a path given to a system call such as openat(2) starts at. */
static __always_inline struct path path_base(int dfd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct path none = {};
	struct file *file;

	if (dfd == AT_FDCWD)
		return BPF_CORE_READ(task, fs, pwd);
	file = task_file(dfd);
	return file ? BPF_CORE_READ(file, f_path) : none;
}
