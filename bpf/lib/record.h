/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What programs that get records (record.bpf.h) need to know about the kernel. */
#pragma once
#include "types.h"

#define RECORD_CAST 0x7ca57

/* IDs of the kernel's types. */
struct record_types {
	u32 sock, sk_buff;
};
