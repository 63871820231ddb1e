/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/iov.h"
#include "lib/pieces.h"

struct conf {
	u32 major, minor; /* of the terminal */
	u32 devpts;       /* the device of its devpts, as the kernel has it, or 0 */
	u32 limit;        /* bytes of a write; 0: all */
};

struct tty_event {
	u64 ts;
	u32 pid, tid, uid;
	char comm[COMM_LEN];
	u32 bytes; /* written */
	struct pieces pieces;
	struct iov_at iov; /* only for BPF */
};
