// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "vfsstat.h"
#include "lib/counts.bpf.h"
#include "lib/inside.bpf.h"

COUNTS(struct vfs_counts, counts_of_task)

/* Count calls of FUNCTION as this.  Atomic even though per CPU: fentry can be preempted. */
#define COUNT(function, counter)                         \
	KFUNC(function, ())                              \
	{                                                \
		struct vfs_counts *c = counts_of_task(); \
                                                         \
		if (c)                                   \
			count_add(&c->counter, 1);       \
		return 0;                                \
	}

COUNT(vfs_read, reads)
COUNT(vfs_readv, reads)
COUNT(vfs_write, writes)
COUNT(vfs_writev, writes)
COUNT(vfs_open, opens)
/*
 * open(O_CREAT) does not call vfs_create(), and compilers inline vfs_rmdir() and the like
 * into the system calls.  All of them call these security hooks.
 */
COUNT(security_inode_create, creates)
COUNT(security_inode_unlink, unlinks)
COUNT(security_inode_mkdir, mkdirs)
COUNT(security_inode_rmdir, rmdirs)

/*
 * All syncs of a file go through vfs_fsync_range(), but it may be inlined into one of these
 * system calls and not into the other.  So we don't count its calls from there again.
 */
#define FSYNC_CALL(function)                             \
	KFUNC(function, ())                              \
	{                                                \
		struct vfs_counts *c = counts_of_task(); \
                                                         \
		if (!c)                                  \
			return 0;                        \
		count_add(&c->fsyncs, 1);                \
		return inside_begin(1);                  \
	}                                                \
	INSIDE_END(function, 1)

FSYNC_CALL(__x64_sys_fsync)
FSYNC_CALL(__x64_sys_fdatasync)
FSYNC_CALL(__arm64_sys_fsync)
FSYNC_CALL(__arm64_sys_fdatasync)

KFUNC(vfs_fsync_range, ())
{
	struct vfs_counts *c = counts_of_task();

	if (c && !inside_any())
		count_add(&c->fsyncs, 1);
	return 0;
}
