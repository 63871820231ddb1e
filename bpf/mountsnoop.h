/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

enum mount_call {
	CALL_MOUNT,
	CALL_UMOUNT,
	CALL_FSOPEN,
	CALL_FSCONFIG,
	CALL_FSMOUNT,
	CALL_MOVE_MOUNT,
	CALL_OPEN_TREE,
	CALL_FSPICK,
	CALL_MOUNT_SETATTR,
	CALL_OPEN_TREE_ATTR,
	CALLS
};

#define STRING_LEN 4096 /* the kernel accepts no more */
#define STRINGS    4

struct mount_event {
	u64 ts;
	u64 args[5]; /* those that are numbers; for struct mount_attr see put_attr() */
	u32 call;
	s32 ret;
	u32 pid, tid, ppid;
	u32 mnt_ns;
	char comm[COMM_LEN], pcomm[COMM_LEN];
	char text[STRINGS * STRING_LEN + STRING_LEN]; /* the strings in order, each with a NUL */
	u32 len;                                      /* of them; only for BPF, not sent */
};
