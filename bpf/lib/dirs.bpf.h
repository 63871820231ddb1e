/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Directories that the user named, recognized by the addresses of their inodes.  Device and inode
 * number are not enough, because subvolumes of btrfs and bcachefs share their file system's device.
 * User space opens each directory and runs find_dir() (common/domain/dirs.h), which looks up the inode.
 */
#pragma once
#include "path.bpf.h"

#define DIRS_MAX 64 /* a power of two */

u64 dir_inodes[DIRS_MAX];

/* ARGS: a descriptor of the calling process, and the number of the directory it refers to. */
SEC("?raw_tp") int find_dir(u64 *args)
{
	struct file *file = task_file(args[0]);

	dir_inodes[args[1] & (DIRS_MAX - 1)] = (u64)BPF_CORE_READ(file, f_inode);
	return 0;
}

/* Is this inode that directory?  Compares the number, too: after an unmount the address can be reused. */
#define is_dir(inode, n, number) \
	(dir_inodes[n] == (u64)(inode) && ARG_READ(inode, i_ino) == (number))
