/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* For user space, which reads the states that are left at the end: see task_state.bpf.h. */
#pragma once
#include "types.h"

#define TASK_SLOTS          65536
#define TASK_STATES_SLOTS   32768 /* a kernel before 5.11 allows 4 MB in total */
#define TASK_STATES_SPILLED 8192

struct task_state_head {
	u32 tid;     /* whose it is: runner_id() */
	u32 claims;  /* 1: it is taken (of slots only) */
	u32 spilled; /* threads have been turned away to the hash */
	u32 pad;
};
