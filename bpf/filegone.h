/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

enum gone_action { GONE_UNLINK, GONE_RMDIR, GONE_RENAME, GONE_ACTIONS };

struct gone_event {
	u64 ts;
	u32 pid, tid;
	u32 action;
	char comm[COMM_LEN];
	u32 old_len;               /* of the first name, with its NUL */
	char names[2 * 256 + 256]; /* with slack for the verifier */
	u32 len;                   /* of both names; only for BPF, not sent */
};
