// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fsslower.h"
#include "lib/event.bpf.h"
#include "lib/kernel_fs.h"
#include "lib/latency.bpf.h"

const volatile struct conf conf;

EVENT_SCRATCH(struct fs_event, FS_OPS);

static __always_inline bool slow(u64 ns)
{
	return !conf.min_ns || ns > conf.min_ns;
}

static __always_inline int report(u32 op, struct dentry *dentry, u64 ns, s64 offset, s64 ret)
{
	struct fs_event *e = scratch_get(&scratch, op);

	if (!e)
		return 0;
	e->ts = bpf_ktime_get_ns();
	e->ns = ns;
	e->offset = offset;
	e->ret = ret;
	e->pid = task_pid();
	e->op = op;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	event_output_to(e, file,
			read_name(e->file, sizeof(e->file), BPF_CORE_READ(dentry, d_name.name)));
	return 0;
}

/*
 * Only now do we know the offset in the file, as an append had to find the end.  An operation that
 * was only queued (-EIOCBQUEUED) may be over, and its iocb gone.
 */
static __always_inline int report_io(u32 op, struct kiocb *iocb, u64 ns, s64 ret)
{
	s64 pos;

	if (!slow(ns))
		return 0;
	pos = BPF_CORE_READ(iocb, ki_pos);
	return report(op, BPF_CORE_READ(iocb, ki_filp, f_path.dentry), ns,
		      ret > 0 ? pos - ret : pos, ret);
}

static __always_inline int report_file(u32 op, struct file *file, u64 ns, s64 ret)
{
	return slow(ns) ? report(op, BPF_CORE_READ(file, f_path.dentry), ns, 0, ret) : 0;
}

/* The names are stand-ins for the file system's functions: see common/domain/fs.c. */
KFUNC_LATENCY(fs_read, (struct kiocb * iocb), long ret)
{
	return report_io(FS_READ, iocb, ns, ret);
}

KFUNC_LATENCY(fs_write, (struct kiocb * iocb), long ret)
{
	return report_io(FS_WRITE, iocb, ns, ret);
}

#define OPEN(function)                                                     \
	KFUNC_LATENCY(function, (void *inode, struct file *file), int ret) \
	{                                                                  \
		return report_file(FS_OPEN, file, ns, ret);                \
	}

OPEN(fs_open)
OPEN(fs_open4)

KFUNC_LATENCY(fs_fsync, (struct file * file), int ret)
{
	return report_file(FS_FSYNC, file, ns, ret);
}

/* Since 5.12, when mounts came to map IDs, the mapping is the first argument. */
static __always_inline bool path_is_second(void)
{
	return bpf_core_field_exists(struct vfsmount___5_12, mnt_userns) ||
	       bpf_core_field_exists(struct vfsmount___6_2, mnt_idmap);
}

KFUNC_LATENCY(fs_getattr, (struct path * first, struct path *second), int ret)
{
	struct path *path = path_is_second() ? second : first;

	return slow(ns) ? report(FS_GETATTR, BPF_CORE_READ(path, dentry), ns, 0, ret) : 0;
}
