/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Directories that the user named, known by the address of their inodes.  Device and number don't
 * tell them apart: subvolumes of btrfs and bcachefs share their file system's device.  User space
 * opens each and runs find_dir() (common/domain/dirs.h), which looks what it has opened.
 */
#pragma once
#include "path.bpf.h"

#define DIRS_MAX 64 /* a power of two */

u64 dir_inodes[DIRS_MAX];

/* ARGS: a descriptor of the calling process, and which directory that is. */
SEC("?raw_tp") int find_dir(u64 *args)
{
	struct file *file = task_file(args[0]);

	dir_inodes[args[1] & (DIRS_MAX - 1)] = (u64)BPF_CORE_READ(file, f_inode);
	return 0;
}

/* Is this inode that directory?  Its number, too: an address can be used again after an unmount. */
#define is_dir(inode, n, number) \
	(dir_inodes[n] == (u64)(inode) && ARG_READ(inode, i_ino) == (number))
