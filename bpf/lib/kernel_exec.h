/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is read of the kernel when programs are executed. */
#pragma once
#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct linux_binprm {
	const char *filename; /* what was to be executed */
	const char *interp;   /* the same pointer, unless that is a script */
};

/* The registers of a system call, where its arguments are. */
struct pt_regs___x86_call {
	unsigned long di, si, dx, r10, bx, cx;
};
struct pt_regs___arm64_call {
	u64 regs[31];
};

#pragma clang attribute pop
