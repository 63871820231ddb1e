/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool all;                      /* also checks that are not audited */
	bool denied;                   /* only those that fail */
	bool kernel_stack, user_stack; /* show them */
	bool unique;                   /* each check of a process or cgroup only once */
	u32 self;                      /* our own process, which is left out */
};

/* The kernel's flags of a check. */
#define CAP_OPT_NOAUDIT 2
#define CAP_OPT_INSETID 4
#define CAP_OPTS_UNTOLD 0x80000000 /* ours: this kernel did not tell them */

struct cap_event {
	u64 ts;
	u32 pid, tid, uid;
	s32 cap;
	s32 result; /* 0, or a negative errno */
	u32 opts;
	u32 userns, pad; /* user namespace that the capability was asked for in */
	char comm[COMM_LEN];
	u64 frames[EVENT_FRAMES]; /* of the kernel */
};
