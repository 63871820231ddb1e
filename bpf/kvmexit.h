/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	u32 reason_at, isa_at, vcpu_at; /* where these are in the tracepoint's record */
	s32 vcpu;                       /* only the virtual processor of this number; -1: all */
	bool by_process;                /* count the threads of a process together */
};

enum isa { VMX = 1, SVM }; /* the kernel's numbers: Intel's and AMD's ways to run guests */

struct exits {
	struct {
		u32 pid, tid; /* TID: 0 with by_process */
		u32 isa;      /* enum isa */
		u32 reason;   /* the processor's number */
	} k;
	u64 v;
};
