/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

enum fd_action { FD_SEND, FD_RECV, FD_ACTIONS };

#define NAMES_LEN 4096

struct fd_event {
	u64 ts;
	u64 sock_ino, ino;
	u32 pid, tid;
	u32 action;
	s32 sock_fd; /* -1: unknown */
	s32 fd;
	u32 deleted;
	u32 is_path; /* names form a path, innermost first; otherwise a single name without a path */
	char comm[COMM_LEN];
	char fs[COMM_LEN]; /* file system type */
	char names[NAMES_LEN + 256];
	u32 len; /* of the names; only for BPF, not sent */
};
