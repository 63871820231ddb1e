/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types read when programs are executed. */
#pragma once
#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct linux_binprm {
	const char *filename; /* the file to execute */
	const char *interp;   /* the same pointer, unless the file is a script */
};

#pragma clang attribute pop
