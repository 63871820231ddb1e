/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/types.h"

struct conf {
	bool latency;
	bool failed; /* only calls that fail */
	u32 error;   /* only with this error; 0: any */
	bool by_process;
	bool one; /* only this call */
	u64 call;
};

/* Calls of the hypervisor.  What rows don't tell apart is 0. */
struct hcalls {
	struct hcall_key {
		u64 call;
		u32 pid;
		u32 id; /* the kernel's, of the process; 0: all outside the tool's PID namespace */
	} k;
	struct hcall_times {
		u64 count, ns, min_ns, max_ns;
		u32 busy, pad; /* see alone.bpf.h */
		char comm[COMM_LEN];
	} v;
};
