/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads and writes of files by system calls: read(2), write(2), and their vectored and
 * positional variants.  RET is the call's result: bytes moved, or a negative errno.
 *
 * Only the outer layer is counted: reads that overlayfs, loop devices or an NFS server pass on to
 * another file (vfs_iter_read) would be counted twice.
 */
#pragma once
#include "probe.bpf.h"
#include "rw.h"

#define S_IFMT  0170000
#define S_IFREG 0100000

enum rw_call { RW_READ, RW_READV, RW_WRITE, RW_WRITEV };
#define RW_CALLS 4

/* The tool defines this. */
static __always_inline int rw_done(const bool typed, struct file *file, long ret,
				   enum rw_call call);

KFUNC_RET(vfs_read, (struct file * file), long ret)
{
	return rw_done(typed, file, ret, RW_READ);
}

KFUNC_RET(vfs_readv, (struct file * file), long ret)
{
	return rw_done(typed, file, ret, RW_READV);
}

KFUNC_RET(vfs_write, (struct file * file), long ret)
{
	return rw_done(typed, file, ret, RW_WRITE);
}

KFUNC_RET(vfs_writev, (struct file * file), long ret)
{
	return rw_done(typed, file, ret, RW_WRITEV);
}

/* Count a call that returned RET.  ALONE: nobody else counts in C. */
static __always_inline void rw_count(struct rw_counts *c, long ret, enum rw_call call, bool alone)
{
	u64 *calls = call >= RW_WRITE ? &c->writes : &c->reads;
	u64 *bytes = call >= RW_WRITE ? &c->wbytes : &c->rbytes;

	if (alone) {
		++*calls;
		*bytes += ret > 0 ? ret : 0;
	} else {
		count_add(calls, 1);
		count_add(bytes, ret > 0 ? ret : 0);
	}
}

static __always_inline u32 file_mode(const bool typed, struct file *file)
{
	struct inode *inode = ARG_READ(file, f_inode);

	return ARG_READ(inode, i_mode);
}

static __always_inline u32 inode_dev(const bool typed, struct inode *inode)
{
	struct super_block *sb = ARG_READ(inode, i_sb);

	return ARG_READ(sb, s_dev);
}
