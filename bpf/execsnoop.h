/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool fails; /* failed calls as well */
	bool where; /* working directory, cgroup and mount namespace */
};

#define HEAD_LEN  8192  /* a path of 4,096 bytes, and as much for the working directory */
#define PIECE_LEN 16384 /* of the arguments at a time: a per-CPU value has at most 32 KB */

/* Each that can build an event while another one is about to on the same CPU. */
enum exec_slot { SLOT_EXEC, SLOT_EXECVE, SLOT_EXECVEAT, SLOT_EXECVE32, SLOT_EXECVEAT32, SLOTS };

/*
 * An exec, or a piece of one with many arguments.  The text of all pieces, one
 * after the other: the file, the names of the directories above the working
 * directory, innermost first, and the arguments, each with a NUL behind it.
 */
struct exec_event {
	u64 ts;
	u64 cgroup;
	u32 pid, tid, ppid, uid, cpu;
	u32 mntns;
	s32 ret;
	s32 dfd; /* where the file of a failed execveat(2) is */
	char comm[COMM_LEN], pcomm[COMM_LEN];
	u8 slot;
	bool first, last;
	bool script; /* its interpreter's arguments come first */
	bool cut;    /* the list is not complete */
	u32 file_len;
	u32 head_len; /* with the directories */
	u32 len;      /* of this piece */
	char text[HEAD_LEN + 256 + PIECE_LEN];
};
