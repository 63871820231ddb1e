/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/syscall_ids.h"
#include "lib/types.h"

/*
 * A call is its number, plus SYSCALL_NUMBERS for a 32-bit program's.  Numbers that no kernel has are
 * counted as one.
 */
enum { CALL_OTHER = 2 * SYSCALL_NUMBERS, CALLS };

struct conf {
	bool latency;
	bool failed; /* only calls that fail */
	u32 error;   /* only with this error number; 0: any */
	bool by_process, by_error, by_cgroup;
	bool one;           /* only these two, which have the same name; */
	u32 call64, call32; /* CALLS if there is none */
};

/*
 * Rows.  What they don't tell apart is 0.  In the tool's PID namespace, processes can have the same PID
 * one after the other; the kernel's own IDs of them differ.
 */
struct call_key {
	u32 pid, call;
	u32 error;
	u32 id; /* the kernel's, of the process; 0: all outside the namespace */
	u64 cgroup;
};
struct call_count {
	u64 count, ns;
};
struct calls {
	struct call_key k;
	struct {
		struct call_count n;
		char comm[COMM_LEN]; /* the process's last; none if id is 0 */
	} v;
};

/* An entry of the map that counts by system call alone. */
struct calls_by_number {
	u32 call, pad;
	struct call_count v;
};
