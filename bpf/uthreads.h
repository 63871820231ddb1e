/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/lang.h"

enum { THREAD_PTHREAD, THREAD_START, THREAD_STOP };

struct uthread_event {
	u64 ts;
	u64 start; /* of THREAD_PTHREAD: the function that the thread runs */
	u64 id;    /* of the others: the thread's ID in the virtual machine */
	u32 pid, tid;
	u32 what, pad;
	char comm[COMM_LEN];
	char name[64]; /* of the others */
};
