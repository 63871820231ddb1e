/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel types of the tools that trace names: of files, mounts, file descriptors; see kernel.h. */
#pragma once
#include "kernel.h"

#define PF_IO_WORKER 0x10 /* a thread of io_uring */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_struct___flags {
	unsigned int flags;
};

#pragma clang attribute pop

/* Does a worker of io_uring run, for its process, what would block? */
static __always_inline bool task_is_io_worker(void)
{
	struct task_struct___flags *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, flags) & PF_IO_WORKER;
}
