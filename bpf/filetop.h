/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/rw.h"

struct conf {
	bool all;    /* not only regular files */
	u64 dir_ino; /* only files directly in this directory; 0: all */
};

/* One row: what a thread did with a file under one of its names. */
struct file_use {
	struct file_key {
		u64 dentry, ino; /* a dentry's address can be reused, hence the other fields */
		u32 dev;
		u32 tid;
	} k;
	struct file_value {
		struct rw_counts n;
		u32 pid;
		u32 mode;
		char comm[COMM_LEN];
		char name[256];
	} v;
};
