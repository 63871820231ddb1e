/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
#include "lib/lang.h"
#include "lib/syscall_ids.h"

/* A system call is its number, plus SYSCALL_NUMBERS for a 32-bit program's. */
#define SYSCALL_OTHER (2 * SYSCALL_NUMBERS)

struct conf {
	struct lang_conf lang;
	bool latency;
};

struct call_counts {
	u64 count, ns;
};

/* Rows, and entries of the table that counts system calls. */
struct method_calls {
	struct lang_method k;
	struct call_counts v;
};
struct syscall_calls {
	u32 call, pad;
	struct call_counts v;
};
