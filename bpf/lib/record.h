/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What programs that cast pointers (rdonly_cast(), record.bpf.h) need to know about the kernel. */
#pragma once
#include "types.h"

#define RDONLY_CAST 0x7ca57

#define CAST_TYPES(T) T(sock) T(sk_buff) T(request) T(task_struct) T(pool_workqueue)

/* IDs of the kernel's types; 0 if the tool's programs don't know the type. */
struct cast_types {
#define CAST_TYPE(name) u32 name;
	CAST_TYPES(CAST_TYPE)
#undef CAST_TYPE
};
