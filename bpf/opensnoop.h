/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool failed;    /* only opens that fail */
	bool full_path; /* resolve relative paths */
	bool callers;   /* the user stack */
	bool uid;       /* the user, who costs something to find out */
	u32 flags;      /* only opens with any of these, 0: all */
	bool reading;   /* or those that are for reading only */
};

#define PATHS_LEN 8192 /* a path of 4,096 bytes, and as much for its directories */

struct open_event {
	u64 ts;
	u32 pid, tid, uid;
	s32 ret; /* a file descriptor, or a negative errno */
	u32 flags, mode;
	char comm[COMM_LEN];
	u16 by_handle; /* the path is that of the file, in full */
	u16 direct;    /* by io_uring, for its own use: if ret is no error, it says nothing */
	u32 path_len;  /* with its NUL */
	u32 paths_len; /* with the names of directories behind it, innermost first */
	char path[PATHS_LEN + 256];
};
