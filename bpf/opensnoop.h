/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool failed;    /* only opens that fail */
	bool full_path; /* resolve relative paths */
	bool callers;   /* the user stack */
	bool uid;       /* find out the user, which costs something */
	u32 flags;      /* only opens with any of these; 0: all */
	bool reading;   /* or those that are only for reading */
};

#define PATHS_LEN 8192 /* a path of 4,096 bytes, and as much for its directories */

struct open_event {
	u64 ts;
	u32 pid, tid, uid;
	s32 ret; /* a file descriptor, or a negative errno */
	u32 flags, mode;
	char comm[COMM_LEN];
	u16 by_handle; /* the path is the file's full path */
	u16 direct;    /* by io_uring, for its own use: ret only matters if it is an error */
	u32 path_len;  /* with its NUL */
	/* After it, the names of its directories, innermost first. */
	char path[PATHS_LEN + 256];
	u32 paths_len; /* of all that; only for BPF, not sent */
};
