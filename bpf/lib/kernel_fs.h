/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of reads and writes of files; see kernel.h. */
#pragma once
#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kiocb {
	struct file *ki_filp;
	s64 ki_pos; /* once the operation is done, the offset after the data read or written */
};

#pragma clang attribute pop
