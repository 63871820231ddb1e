/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/pieces.h"

struct conf {
	bool fails; /* also failed calls */
	bool where; /* working directory, cgroup and mount namespace */
};

/* One for each program that can build an event while another does so on the same CPU. */
enum exec_slot { SLOT_EXEC, SLOT_EXECVE, SLOT_EXECVEAT, SLOT_EXECVE32, SLOT_EXECVEAT32, SLOTS };

/*
 * The text: the file, the names of the directories above the working directory,
 * innermost first, and the arguments.
 */
struct exec_event {
	u64 ts;
	u64 cgroup;
	u32 pid, tid, ppid, uid;
	u32 mntns;
	s32 ret;
	s32 dfd; /* the directory of a failed execveat(2) */
	char comm[COMM_LEN], pcomm[COMM_LEN];
	u32 script;   /* a script: the interpreter's arguments come first */
	u32 file_len; /* with its NUL */
	struct pieces pieces;
};
